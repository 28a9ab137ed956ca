internal import Diffusion
internal import Models
internal import Torch

extension PromptedModel {
  /// The latents of pictures that are drawn from noise alone while the model sees a picture.
  ///
  /// Brooks et al. 2023 (InstructPix2Pix), https://arxiv.org/abs/2211.09800, and Rombach et al.
  /// 2022, section 4.4. What is drawn of a seed, and in which order, is as in diffusers' pipelines.
  ///
  /// - Parameters:
  ///   - batch: The pictures.
  ///   - start: The picture; for an enlargement at its own size, else at the size that is drawn at.
  ///   - onStep: Called after every step; what it throws ends the run.
  /// - Returns: The latents; nothing where the model does not work that way.
  /// - Throws: What is wrong with the settings, or what `onStep` throws.
  func latents(
    _ batch: PromptedBatch<Prompt>, seeing start: RedrawStart,
    onStep: (SamplingStep) throws -> Void
  ) throws -> Tensor? {
    let source = NoiseSource(seeds: batch.seeds)
    let channels: Tensor
    var batch = batch
    switch start.told {
    case .instruction(let pictureGuidance):
      batch.drawing.pictureGuidance = pictureGuidance
      let mean = try checked { withoutGradients { autoencoder.encode(start.pixels).mean } }
      let seen = scalesPicture ? autoencoder.scaled(mean) : mean
      channels = seen.expanded(batch.seeds.count, -1, -1, -1)
    case .enlargement where purpose == .enlargingLatents:
      channels = try Self.enlargedLatents(encoded(start.pixels, source))
    case .enlargement(let enlargement):
      guard let enlarging else { return nil }
      batch.drawing.noiseLevel = enlargement.noiseLevel ?? EnlargingNoise.usualLevel
      channels = try enlarging.noised(start.pixels, to: batch.drawing.noiseLevel, source)
    case .depth, nil: return nil
    }
    return try latents(batch, seeing: channels, source, onStep)
  }

  /// The latents of pictures that are drawn from noise alone while the model sees something.
  ///
  /// - Parameters:
  ///   - batch: The pictures.
  ///   - channels: What it sees, `[batch, channels, height, width]`.
  ///   - source: Draws the noise.
  ///   - onStep: Called after every step; what it throws ends the run.
  /// - Returns: The latents.
  /// - Throws: What is wrong with the settings, or what `onStep` throws.
  func latents(
    _ batch: PromptedBatch<Prompt>, seeing channels: Tensor, _ source: NoiseSource,
    _ onStep: (SamplingStep) throws -> Void
  ) throws -> Tensor {
    let plan = try self.plan(batch.drawing.settings)
    let noise = source.normal(latentShape(batch.drawing.size))
    return try passes(
      plan, from: noise * plan.startScale, of: batch, extra: channels, source, onStep)
  }

  /// Latents as a model that enlarges them sees them, `[batch, channels, 2 · height, 2 · width]`:
  /// each place four times.
  static func enlargedLatents(_ x: Tensor) -> Tensor {
    let times = StableDiffusionModel.latentEnlargement
    return x.upsampledNearest2d(size: [times * x.shape[2], times * x.shape[3]], scale: nil)
  }

  /// How many times as wide and high as the picture that it sees it draws.
  var enlargement: Int {
    switch purpose {
    case .enlarging: autoencoder.configuration.reduction
    case .enlargingLatents: StableDiffusionModel.latentEnlargement
    default: 1
    }
  }
}
