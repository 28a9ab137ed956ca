internal import Diffusion
internal import Foundation
internal import Modalities
internal import Models
internal import Torch

/// A text encoder, a denoising transformer and an autoencoder that together make sounds.
struct TextToSoundModel: Sendable {
  let autoencoder: AutoencoderOobleck
  let network: TextToSoundNetwork
  let textEncoder: TextEncoder
  let schedule: StableAudioSchedule
  let maximumTokens: Int

  /// The schedule of models that are trained here.
  static let trainedSchedule = StableAudioSchedule(sigmaMin: 0.03, sigmaMax: 100)

  /// What a sound is to be.
  struct Drawing: Sendable {
    var prompt: String
    var seed: UInt64
    var settings: SamplingSettings
    /// How long it is to be, in seconds, at most ``TextToSoundModel/longest``; that if not given.
    var seconds: Double?
    /// The latents of a sound whose melody is played, `[1, channels, length]`; see
    /// ``TextToSoundModel/followsMelodies``.
    var melody: Tensor?
    var start = Start.noise
  }

  /// What the latents of a sound begin with.
  enum Start: Sendable {
    case noise
    /// Those of another sound, `[1, channels, length]`, noised for a share of the steps.
    case latents(Tensor, strength: Double)
    /// Those of a sound of which a part is kept; the mask, `[1, 1, length]`, is 1 where it is not.
    case keeping(Tensor, mask: Tensor)
    /// Noise, but the sound agrees with what was measured of it, `[1, channels, …]`.
    case measured(LinearMeasurement)
  }

  /// The rate of the sounds, in Hz.
  var sampleRate: Int { autoencoder.configuration.samplingRate }

  /// The channels of latents.
  private var channels: Int { autoencoder.configuration.decoderInputChannels }

  /// Whether the network sees the latents of a melody beside the noisy ones.
  var followsMelodies: Bool { network.transformer.configuration.inChannels > channels }

  /// The number of latents of the longest sound.
  var length: Int { network.transformer.configuration.sampleSize }

  /// The frames of the longest sound that is made at once.
  var frames: Int { length * autoencoder.configuration.reduction }

  /// How long the longest sound is that is made at once, in seconds.
  var longest: Double { Double(frames) / Double(sampleRate) }

  /// The latents of a sound, `[1, channels, length]`.
  ///
  /// - Parameters:
  ///   - drawing: What it is to be.
  ///   - onStep: Called after every step; what it throws ends the run.
  /// - Returns: The latents.
  /// - Throws: What is wrong with the settings, or what `onStep` throws.
  func latents(
    _ drawing: Drawing, onStep: (SamplingStep) throws -> Void = { _ in }
  ) throws -> Tensor {
    let settings = drawing.settings
    var plan = SamplingPlan(
      sampler: try Samplers.named(settings.sampler), schedule: schedule,
      levels: try schedule.levels(settings.steps))
    let source = NoiseSource(seeds: [drawing.seed])
    let noise = source.normal([channels, length])
    let first = plan.levels[0]
    var x = noise * first.sigma
    switch drawing.start {
    case .noise, .measured: break
    case .latents(let known, let strength):
      plan = try plan.last(strength, of: settings.steps)
      x = plan.levels[0].noised(known, by: noise)
    case .keeping(let known, let mask):
      plan = plan.blending(known: known, noise: noise, mask: mask)
    }
    let denoiser = try denoiser(drawing)
    return try checked {
      try withoutGradients {
        guard case .measured(let measurement) = drawing.start else {
          return try plan(x, denoiser, source, onStep)
        }
        return try plan(x, agreeing(denoiser, with: measurement), source, onStep)
      }
    }
  }

  /// What is heard below a frequency of a sound, `[1, channels, frames]`.
  func bands(of sound: Tensor, below cutoff: Double) -> LinearMeasurement {
    let bands = LowBands(
      below: cutoff, sampleRate: sampleRate, of: autoencoder.configuration.reduction)
    return LinearMeasurement(bands(sound), by: bands)
  }

  private func agreeing(
    _ denoiser: some Denoiser, with measurement: LinearMeasurement
  ) -> any Denoiser {
    let vae = autoencoder
    return DecodedMeasurement(
      base: denoiser, measurement: measurement,
      decode: { vae.decode(vae.unscaled($0)) }, encode: { vae.scaled(vae.encode($0).mean) })
  }

  /// The network as it sees the prompt, guided away from the negative one, or from none.
  private func denoiser(_ drawing: Drawing) throws -> any Denoiser {
    let settings = drawing.settings
    let seconds = min(drawing.seconds ?? longest, longest)
    let wanted = try conditions(drawing.prompt, seconds: seconds)
    let melody =
      followsMelodies ? drawing.melody ?? Tensor.zeros([1, channels, length]) : nil
    let conditional = denoiser(wanted, melody)
    guard settings.guidance != 1 else { return conditional }
    let unwanted =
      settings.negative.isEmpty
      ? wanted.withoutPrompt : try conditions(settings.negative, seconds: seconds)
    return ClassifierFree(
      conditional: conditional, unconditional: denoiser(unwanted, melody), scale: settings.guidance)
  }

  private func conditions(
    _ prompt: String, seconds: Double
  ) throws -> StableAudioPipeline.Conditions {
    let text = try textEncoder.encode([prompt], maximumTokens: maximumTokens)
    return try checked {
      withoutGradients {
        // Padding has no weight, but would be attended to.
        let used = Int(text.mask.sum().item())
        return network.projection.conditions(
          states: text.states.narrowed(dim: 1, start: 0, length: used),
          mask: text.mask.narrowed(dim: 1, start: 0, length: used), start: .zeros([1]),
          end: .full([1], .real(seconds)))
      }
    }
  }

  private func denoiser(
    _ conditions: StableAudioPipeline.Conditions, _ melody: Tensor?
  ) -> PredictionDenoiser {
    let transformer = network.transformer
    let prompt = withoutGradients {
      transformer.prompt(conditions.text, global: conditions.global)
    }
    return PredictionDenoiser(.v, schedule: schedule) { x, timesteps in
      let seen = melody.map { concatenate(x, $0.converted(to: x.dtype), dim: 1) } ?? x
      return transformer(seen, timestep: timesteps, prompt: prompt)
    }
  }

  /// The scaled latents of a sound, `[1, channels, length]`; what lacks of the longest is silence.
  func latents(of sound: Sound) throws -> Tensor {
    let configuration = autoencoder.configuration
    let fitted = try sound.mixed(toChannels: configuration.audioChannels)
      .resampled(to: sampleRate).part(0..<frames)
    return try checked {
      withoutGradients {
        autoencoder.scaled(autoencoder.encode(fitted.tensor.unsqueezed(0)).mean)
      }
    }
  }

  /// The sound of latents, `[1, channels, length]`, cut to a length.
  ///
  /// - Throws: An error where a sample is not finite.
  func sound(_ latents: Tensor, seconds: Double) throws -> Sound {
    let samples = try checked {
      withoutGradients { autoencoder.decode(autoencoder.unscaled(latents)) }
    }
    let sound = try Sound(
      tensor: samples.selected(dim: 0, index: 0), sampleRate: sampleRate)
    let count = min(max(Int((seconds * Double(sampleRate)).rounded()), 1), sound.frames)
    return try sound.part(0..<count).withinFullScale()
  }
}
