internal import Diffusion
internal import Modalities
internal import Models
internal import Torch

/// A loaded model that makes pictures of prompts, as a run needs it.
protocol PromptedModel: Sendable {
  /// A prompt as the denoiser takes it.
  associatedtype Prompt: Sendable

  /// Between pictures and what the denoiser works on.
  var autoencoder: AutoencoderKL { get }

  /// What is given back of its memory while a part does not run.
  var parts: ResidentParts { get }

  /// What it was trained for.
  var purpose: ModelPurpose { get }

  /// How a model that enlarges sees the picture; nothing for others.
  var enlarging: EnlargingNoise? { get }

  /// Whether a model that edits sees the latents of the picture scaled, as it sees its own.
  var scalesPicture: Bool { get }

  /// What the sides of the pictures that it draws must be multiples of.
  var sideUnit: Int { get }

  /// Whether it draws at every size, and not only at the one that it was trained for.
  var drawsAnySize: Bool { get }

  /// Whether tokens of its pictures can be merged.
  var mergesTokens: Bool { get }

  /// Whether its deep blocks can be kept from step to step, and not its whole answer alone.
  var cachesDeep: Bool { get }

  /// The size of the pictures that it was trained for.
  var nativeSize: PictureSize { get }

  /// The size that it draws a picture of a wanted size at; the picture is resampled from that.
  func drawnSize(_ wanted: PictureSize) throws -> PictureSize

  /// Encodes one prompt, which then does not depend on what else is in its batch.
  ///
  /// - Parameters:
  ///   - text: The prompt.
  ///   - role: What it is for.
  ///   - settings: How pictures are sampled.
  /// - Returns: The prompt, and where it was cut.
  /// - Throws: What is wrong with the settings, or a `TorchError`.
  func encode(
    _ text: String, as role: Generate.Cut.Role, _ settings: SamplingSettings
  ) throws -> (prompt: Prompt, cuts: [Generate.Cut])

  /// Mixes a prompt with others.
  ///
  /// - Parameters:
  ///   - prompt: The prompt.
  ///   - others: What it is mixed with; the prompt counts what their weights leave of 1.
  ///   - blending: How.
  /// - Returns: The mixed prompt; the prompt itself where there is nothing to mix.
  /// - Throws: ``GenerateError`` for prompts that cannot be mixed.
  func blended(
    _ prompt: Prompt, with others: [(prompt: Prompt, weight: Double)],
    by blending: Generate.Blending
  ) throws -> Prompt

  /// The levels of a run, and what steps through them.
  func plan(_ settings: SamplingSettings) throws -> SamplingPlan

  /// The shape of a picture's latents, `[channels, height, width]`.
  func latentShape(_ size: PictureSize) -> [Int]

  /// The network as it sees the prompts, guided away from the negative one.
  ///
  /// - Parameters:
  ///   - batch: The pictures.
  ///   - plan: The levels.
  ///   - extra: What a model that was trained for a task sees beside the noisy latents,
  ///     `[batch, channels, height, width]`.
  /// - Returns: What estimates clean latents.
  /// - Throws: What is wrong with the settings for this model.
  func denoiser(
    _ batch: PromptedBatch<Prompt>, plan: SamplingPlan, extra: Tensor?
  ) throws -> any Denoiser

  /// The words of a prompt, and the tokens that the denoiser sees of them.
  ///
  /// - Throws: ``GenerateError`` where the settings give the signs of prompts a meaning.
  func words(of prompt: String, _ settings: SamplingSettings) throws -> [TokenWord]

  /// Reads a ControlNet or a T2I-Adapter and its picture, for pictures of a size.
  func guide(_ control: Generate.Control, size: PictureSize) throws -> ControlGuide

  /// Reads pictures to draw after, for pictures of a size.
  func imageGuides(_ prompts: [Generate.ImagePrompt], size: PictureSize) throws -> [ImageGuide]

  /// The pictures of latents, `[batch, channels, height, width]`.
  func pictures(_ latents: Tensor) throws -> [Image]
}

/// Pictures that are made at once.
struct PromptedBatch<Prompt: Sendable>: Sendable {
  /// The prompts.
  var prompts: [Prompt]
  /// What the pictures are guided away from.
  var negative: Prompt
  /// A seed for each prompt; the picture depends on its own only.
  var seeds: [UInt64]
  /// How to make them.
  var drawing: Drawing
  /// What makes their last steps, if that is another model.
  var refinement: Refinement?
}

/// How pictures are made, and how large.
struct Drawing: Sendable {
  var settings: SamplingSettings
  /// The size that the model draws at.
  var size: PictureSize
  /// What steers the denoiser besides the prompt.
  var controls: [ControlGuide] = []
  /// Pictures that are drawn after.
  var images: [ImageGuide] = []
  /// The size of the overlapping windows that are drawn at a time; the whole if not given.
  var window: PictureSize?
  /// Which steps compute all of the denoiser; every one if not given.
  var cache: Generate.StepCache?
  /// The share of the tokens that are merged; none if not given.
  var mergedTokens: Double?
  /// How much the picture counts for a model that edits.
  var pictureGuidance = 1.0
  /// How noisy a model that enlarges sees the picture.
  var noiseLevel = 0
  /// How the picture is drawn again at a larger size, if it is.
  var second: SecondPass?
  /// What sees where the denoiser looks, if that is wanted.
  var heat: HeatMaps?

  /// A ``Generate/SecondPass`` whose size is known.
  struct SecondPass: Sendable {
    var size: PictureSize
    var strength: Double
    var enlarged = Generate.SecondPass.Enlarged.latents
  }
}

/// The levels of a run, and what steps through them.
struct SamplingPlan: Sendable {
  let sampler: any Sampler
  let schedule: any NoiseSchedule
  let levels: [NoiseLevel]
  /// The standard deviation of the noise that sampling starts from.
  var startScale = 1.0
  /// The steps that are made before, by another part of the same run.
  var stepsBefore = 0
  /// The levels of the run that this is a part of, if it is one.
  var whole: [NoiseLevel]?

  /// The levels of the whole run.
  var run: [NoiseLevel] { whole ?? levels }

  /// Takes samples through the levels.
  func callAsFunction(
    _ x: Tensor, _ denoiser: some Denoiser, _ noise: NoiseSource,
    _ onStep: (SamplingStep) throws -> Void
  ) throws -> Tensor {
    try sampler.sample(x, over: levels, denoiser: denoiser, noise: noise, onStep: onStep)
  }
}

extension PromptedModel {
  var scalesPicture: Bool { false }

  var mergesTokens: Bool { false }

  var cachesDeep: Bool { true }

  var sideUnit: Int { autoencoder.configuration.reduction }

  /// Makes pictures, at the size that the model draws at.
  ///
  /// - Parameters:
  ///   - batch: The pictures.
  ///   - onStep: Called after every step; what it throws ends the run.
  /// - Returns: The pictures.
  /// - Throws: What is wrong with the settings, or what `onStep` throws.
  func images(
    _ batch: PromptedBatch<Prompt>, onStep: (SamplingStep) throws -> Void = { _ in }
  ) throws -> [Image] {
    try pictures(latents(batch, onStep: onStep))
  }

  /// The latents of pictures, `[batch, channels, height, width]`.
  func latents(
    _ batch: PromptedBatch<Prompt>, onStep: (SamplingStep) throws -> Void = { _ in }
  ) throws -> Tensor {
    try purpose.check(nil)
    let plan = try self.plan(batch.drawing.settings)
    let noise = NoiseSource(seeds: batch.seeds)
    let x = noise.normal(latentShape(batch.drawing.size)) * plan.startScale
    return try passes(plan, from: x, of: batch, noise, onStep)
  }
}

extension AutoencoderKL {
  /// The pictures of scaled latents, `[batch, channels, height, width]`.
  ///
  /// - Throws: An error where a number of them is not finite.
  func decoded(_ latents: Tensor) throws -> [Image] {
    let decoded = try checked { withoutGradients { decode(unscaled(latents)) } }
    guard try checked({ decoded.isFinite().all().item() }) == 1 else { throw DecodingFailure() }
    return try (0..<decoded.shape[0]).map {
      try Image(tensor: decoded.selected(dim: 0, index: $0))
    }
  }
}

/// The autoencoder's picture holds a NaN or an infinity.
struct DecodingFailure: Error, CustomStringConvertible {
  var description: String {
    "decoding: expected finite numbers, found NaN or infinity in what the autoencoder made"
  }
}
