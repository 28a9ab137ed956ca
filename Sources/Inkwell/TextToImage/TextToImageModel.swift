package import Diffusion
package import Modalities
package import Models
package import Torch

/// A text encoder, a denoising transformer and an autoencoder that together make pictures.
package struct TextToImageModel: Sendable {
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
    let text = try prompts.map { try encode($0) }
    return try images(
      for: text, negative: encode(settings.negative), seeds: seeds, settings: settings,
      onStep: onStep)
  }

  /// Makes a picture for each prompt that is encoded already.
  package func images(
    for text: [TextEncoder.Encoding], negative: TextEncoder.Encoding, seeds: [UInt64],
    settings: SamplingSettings, onStep: (SamplingStep) throws -> Void = { _ in }
  ) throws -> [Image] {
    let noise = NoiseSource(seeds: seeds)
    let side = transformer.configuration.sampleSize
    let x = noise.normal([transformer.configuration.inChannels, side, side])
    let sampler = try Samplers.named(settings.sampler)
    let network = try checked {
      denoiser(text, negative: negative, guidance: settings.guidance)
    }
    let latents = try sampler.sample(
      x, over: schedule.levels(settings.steps), denoiser: network, noise: noise, onStep: onStep)
    return try pictures(latents)
  }

  /// The states of one prompt, which then do not depend on what else is in its batch.
  package func encode(_ prompt: String) throws -> TextEncoder.Encoding {
    try textEncoder.encode([prompt], maximumTokens: maximumTokens)
  }

  /// The pictures of scaled latents, `[batch, channels, height, width]`.
  package func pictures(_ latents: Tensor) throws -> [Image] {
    let decoded = try checked {
      withoutGradients { autoencoder.decode(autoencoder.unscaled(latents)) }
    }
    guard try checked({ decoded.isFinite().all().item() }) == 1 else { throw DecodingFailure() }
    return try (0..<decoded.shape[0]).map {
      try Image(tensor: decoded.selected(dim: 0, index: $0))
    }
  }

  /// The transformer as it sees the prompts, guided away from the negative one.
  private func denoiser(
    _ text: [TextEncoder.Encoding], negative: TextEncoder.Encoding, guidance: Double
  ) -> some Denoiser {
    // Padding has no weight, but would take time.
    let used = (text + [negative]).map { Int($0.mask.sum(dims: [1]).item()) }.max() ?? 1
    func conditioned(_ text: [TextEncoder.Encoding]) -> PredictionDenoiser {
      let transformer = transformer.prepared(batch: text.count)
      let states = text.map { $0.states.narrowed(dim: 1, start: 0, length: used) }
      let masks = text.map { $0.mask.narrowed(dim: 1, start: 0, length: used) }
      let prompt = withoutGradients {
        transformer.prompt(states.concatenated(), mask: masks.concatenated())
      }
      return PredictionDenoiser(.velocity, schedule: schedule) { x, timesteps in
        transformer(x, timestep: timesteps, prompt: prompt)
      }
    }
    let network = conditioned(guidance == 1 ? text : text.map { _ in negative } + text)
    return BatchedClassifierFree(conditional: network, pair: network, scale: guidance)
  }
}

/// The autoencoder's picture holds a NaN or an infinity.
struct DecodingFailure: Error, CustomStringConvertible {
  var description: String {
    "decoding: expected finite numbers, found NaN or infinity in what the autoencoder made"
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
