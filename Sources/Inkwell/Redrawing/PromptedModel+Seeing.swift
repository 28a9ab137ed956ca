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
      channels = mean.expanded(batch.seeds.count, -1, -1, -1)
    case .enlargement(let enlargement):
      guard let enlarging else { return nil }
      batch.drawing.noiseLevel = enlargement.noiseLevel ?? EnlargingNoise.usualLevel
      channels = try enlarging.noised(start.pixels, to: batch.drawing.noiseLevel, source)
    case .depth, nil: return nil
    }
    let plan = try self.plan(batch.drawing.settings)
    let noise = source.normal(latentShape(batch.drawing.size))
    return try passes(
      plan, from: noise * plan.startScale, of: batch, extra: channels, source, onStep)
  }

  /// How many times as wide and high as the picture that it sees it draws.
  var enlargement: Int { purpose == .enlarging ? autoencoder.configuration.reduction : 1 }
}
