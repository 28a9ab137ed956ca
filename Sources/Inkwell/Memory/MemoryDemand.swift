internal import Diffusion
internal import Foundation
internal import Modalities
internal import Models

/// What a run asks of a model, as far as memory goes.
struct MemoryDemand: Sendable {
  /// How pictures are drawn; nothing is left to the model.
  var options: Generate.Options
  /// The size that they are drawn at.
  var size: PictureSize
  /// The size that they are drawn again at, if they are.
  var secondSize: PictureSize?
  /// Whether the autoencoder encodes a picture that the run begins with.
  var encodesPicture = false
  /// How much the picture counts for a model that edits it; nothing for other models.
  var pictureGuidance: Double?
  /// The most prompts that a picture follows at once.
  var terms = 1
  /// Whether they have weights of their own, beside the negative prompt.
  var isComposed = false
  /// The tokens of the longest prompt, as the denoiser sees it.
  var words = 77
  /// How many different prompts are followed over the steps.
  var variants = 1
  /// Whether it is told where words act.
  var explains = false
  /// The folder of what shows unfinished pictures, if not the model's own autoencoder.
  var previewDecoder: URL?
  /// Whether what LoRAs change is to be computed in use.
  var changesInUse = false
  /// Whether a batch follows another.
  var isRepeated = false
  /// Whether our own kernels compute the networks.
  var usesOwnKernels = true

  /// A picture of a size.
  ///
  /// - Parameters:
  ///   - options: How it is drawn; nothing is left to the model.
  ///   - size: Its size.
  init(_ options: Generate.Options, size: PictureSize) {
    (self.options, self.size) = (options, size)
    guidance = options.guidance ?? 2
  }

  private let guidance: Double

  /// The estimates that a denoiser makes of each picture.
  ///
  /// - Parameter unet: The denoiser, which may be told the guidance scale itself.
  /// - Returns: The number.
  func estimates(_ unet: UNet2DConditionConfiguration) -> Int {
    if let pictureGuidance {
      return InstructionScales(instruction: guidance, picture: pictureGuidance).branches.count
    }
    if isComposed { return terms + 1 }
    return guidance == 1 || unet.encoder.timeCondProjDim != nil ? 1 : 2
  }

  /// What is asked of a model that makes the latents twice as wide and high.
  ///
  /// - Parameter window: The size of the windows that it draws in.
  /// - Returns: The same prompts at the larger size, without what steers this model.
  func enlarged(in window: PictureSize) -> MemoryDemand {
    let drawn = secondSize ?? size
    var plain = Generate.Options(steps: options.upscaler?.steps)
    plain.window = window
    var demand = MemoryDemand(
      plain, size: PictureSize(width: 2 * drawn.width, height: 2 * drawn.height))
    (demand.words, demand.variants) = (words, variants)
    (demand.terms, demand.isComposed) = (terms, isComposed)
    return demand
  }

  /// Notes what prompts of a syntax with signs ask for.
  ///
  /// - Parameters:
  ///   - prompts: The prompts.
  ///   - settings: How pictures are sampled.
  /// - Throws: `PromptError`.
  mutating func take(_ prompts: [String], _ settings: SamplingSettings) throws(PromptError) {
    guard let syntax = settings.syntax, syntax != .plain else { return }
    for prompt in prompts + [settings.negative] {
      // Three characters are a token or more in all but odd texts.
      let chunks = 1 + prompt.count / (3 * 75) + prompt.ranges(of: "BREAK").count
      words = max(words, 77 * chunks)
      guard syntax == .a1111 else { continue }
      let parts = ComposedPrompt(prompt).terms
      if prompt != settings.negative {
        terms = max(terms, parts.count)
        isComposed = isComposed || parts.contains { parts.count > 1 || $0.weight != 1 }
      }
      var ends: Set<Int> = []
      for part in parts {
        ends.formUnion(try PromptSchedule(part.text, steps: settings.steps).spans.map(\.lastStep))
      }
      variants = max(variants, ends.count)
    }
  }
}
