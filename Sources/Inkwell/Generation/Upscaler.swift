internal import Diffusion
internal import Modalities
internal import Models
internal import Torch

/// A loaded model that enlarges the latents of another, and how it does.
struct LoadedUpscaler: Sendable {
  private let model: StableDiffusionModel
  private let settings: SamplingSettings
  private let negative: ChangingPrompt

  /// Reads a model.
  ///
  /// - Parameters:
  ///   - upscaler: Which model.
  ///   - base: The model whose latents it enlarges.
  ///   - drawn: The size that is drawn.
  ///   - settings: How the pictures are sampled that it enlarges.
  /// - Throws: ``GenerateError`` for a model or a size that it cannot enlarge, or what reading it
  ///   throws.
  init(
    _ upscaler: Generate.Upscaler, after base: some PromptedModel, at drawn: PictureSize,
    _ settings: SamplingSettings
  ) throws {
    let model = try upscaler.companion.load(beside: base) {
      try $0.check(asUpscaler: upscaler.model)
    }
    let unit = model.sideUnit / StableDiffusionModel.latentEnlargement
    guard drawn.width % unit == 0, drawn.height % unit == 0, drawn == drawn.atLeast(2 * unit) else {
      throw GenerateError.value(
        "size", expected: "multiples of \(unit) from \(2 * unit) on, as the upscaler takes them",
        found: drawn.description)
    }
    var own = StableDiffusionModel.settings(
      model.scheduler, unet: model.unet.configuration, isXL: false)
    own.steps = upscaler.steps ?? own.steps
    (own.negative, own.syntax) = (settings.negative, settings.syntax)
    self.model = model
    self.settings = own
    negative = try model.encode(own.negative, as: .negative, own).prompt
  }

  /// The number of its steps.
  var steps: Int { settings.steps }

  /// The size of what is made of pictures of a size.
  func size(of drawn: PictureSize) -> PictureSize {
    let times = StableDiffusionModel.latentEnlargement
    return PictureSize(width: times * drawn.width, height: times * drawn.height)
  }

  /// The enlarged latents.
  ///
  /// The generators are those of the pictures' seeds anew, as in a second pass; windows are of the
  /// size that the model was trained for.
  ///
  /// - Parameters:
  ///   - latents: The latents, `[batch, channels, height, width]`.
  ///   - drawn: The size of their pictures.
  ///   - prompts: What they show.
  ///   - seeds: A seed for each.
  ///   - onStep: Called after every step; what it throws ends the run.
  /// - Returns: The latents, `[batch, channels, 2 · height, 2 · width]`.
  /// - Throws: What encoding a prompt or `onStep` throws.
  func enlarged(
    _ latents: Tensor, at drawn: PictureSize, prompts: [String], seeds: [UInt64],
    _ onStep: (SamplingStep) throws -> Void = { _ in }
  ) throws -> Tensor {
    var drawing = Drawing(settings: settings, size: size(of: drawn))
    drawing.window = model.nativeSize
    let batch = PromptedBatch(
      prompts: try prompts.map { try model.encode($0, as: .prompt, settings).prompt },
      negative: negative, seeds: seeds, drawing: drawing)
    let seen = try checked { StableDiffusionModel.enlargedLatents(latents) }
    return try model.latents(batch, seeing: seen, NoiseSource(seeds: seeds), onStep)
  }

  /// The pictures of enlarged latents.
  func pictures(_ latents: Tensor) throws -> [Image] { try model.pictures(latents) }
}
