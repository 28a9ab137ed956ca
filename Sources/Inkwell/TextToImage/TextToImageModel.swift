package import Diffusion

package import Modalities
package import Models
package import Torch

/// A text encoder, a denoising transformer and an autoencoder that together make pictures.
package struct TextToImageModel {
  let autoencoder: AutoencoderKL
  let transformer: PixArtTransformer
  let textEncoder: TextEncoder
  let schedule: FlowSchedule
  let maximumTokens: Int

  package init(
    autoencoder: AutoencoderKL, transformer: PixArtTransformer, textEncoder: TextEncoder,
    schedule: FlowSchedule, maximumTokens: Int
  ) {
    self.autoencoder = autoencoder
    self.transformer = transformer
    self.textEncoder = textEncoder
    self.schedule = schedule
    self.maximumTokens = maximumTokens
  }

  /// The width and height of the pictures it was trained for.
  package var nativeSide: Int {
    transformer.configuration.sampleSize * autoencoder.configuration.reduction
  }

  /// Makes a picture for each prompt.
  ///
  /// - Parameters:
  ///   - prompts: The prompts.
  ///   - seeds: A seed for each prompt; the picture depends on its own only.
  ///   - settings: How to sample.
  ///   - onStep: Called after every step; what it throws ends the run.
  /// - Returns: The pictures.
  /// - Throws: What is wrong with the settings, or what `onStep` throws.
  package func images(
    for prompts: [String], seeds: [UInt64], settings: SamplingSettings,
    onStep: (SamplingStep) throws -> Void = { _ in }
  ) throws -> [Image] {
    let noise = NoiseSource(seeds: seeds)
    let side = transformer.configuration.sampleSize
    let x = noise.normal([transformer.configuration.inChannels, side, side])
    let sampler = try Samplers.named(settings.sampler)
    let latents = try sampler.sample(
      x, over: schedule.levels(settings.steps),
      denoiser: try denoiser(prompts: prompts, settings: settings), noise: noise, onStep: onStep)
    return try pictures(latents)
  }

  /// The pictures of scaled latents, `[batch, channels, height, width]`.
  package func pictures(_ latents: Tensor) throws -> [Image] {
    let decoded = try checked {
      withoutGradients { autoencoder.decode(autoencoder.unscaled(latents)) }
    }
    return try (0..<decoded.shape[0]).map {
      try Image(tensor: decoded.selected(dim: 0, index: $0))
    }
  }

  /// The transformer as it sees the prompts, guided away from the negative one.
  private func denoiser(prompts: [String], settings: SamplingSettings) throws -> some Denoiser {
    let text = try textEncoder.encode(prompts, maximumTokens: maximumTokens)
    let negative = try textEncoder.encode([settings.negative], maximumTokens: maximumTokens)
    let count = prompts.count
    func conditioned(_ states: Tensor, _ mask: Tensor) -> PredictionDenoiser {
      PredictionDenoiser(.velocity, schedule: schedule) { x, timesteps in
        transformer(x, timestep: timesteps, text: states, mask: mask)
      }
    }
    return BatchedClassifierFree(
      conditional: conditioned(text.states, text.mask),
      pair: conditioned(
        concatenate(negative.states.repeated([count, 1, 1]), text.states),
        concatenate(negative.mask.repeated([count, 1]), text.mask)),
      scale: settings.guidance)
  }
}

/// How pictures are sampled.
public struct SamplingSettings: Codable, Sendable, Hashable {
  /// The number of steps.
  public var steps: Int
  /// The guidance scale `w` in `uncond + w · (cond - uncond)`; 1 is off.
  public var guidance: Double
  /// What the picture is guided away from.
  public var negative: String
  /// The sampler's name.
  public var sampler: String

  /// Settings that suit most prompts.
  public init(
    steps: Int = 20, guidance: Double = 4, negative: String = "", sampler: String = "dpmpp-2m"
  ) {
    self.steps = steps
    self.guidance = guidance
    self.negative = negative
    self.sampler = sampler
  }
}
