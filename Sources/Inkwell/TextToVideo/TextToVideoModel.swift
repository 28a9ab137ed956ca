package import Diffusion
package import Models
package import Torch

/// A text encoder, a denoising transformer and a causal autoencoder that together make clips.
package struct TextToVideoModel: Sendable {
  package let autoencoder: WanAutoencoder
  let transformer: WanTransformer
  let textEncoder: TextEncoder
  let schedule: FlowSchedule
  package let about: VideoModelIndex.About

  /// What one clip is made of and by.
  package struct Plan {
    /// The prompt.
    var prompt: String
    /// What is known of it.
    var known: KnownFrames
    /// How it is sampled.
    var settings: SamplingSettings
    /// The clip's own seed.
    var seed: UInt64
    /// The latents to begin with, and how far from them to go: above 0 up to 1.
    var start: (latents: Tensor, strength: Double)?
    /// The latents of a clip of which a part stays, and a mask that is 1 where it does not, `[1, 1,
    /// frames, rows, columns]`.
    var kept: (latents: Tensor, mask: Tensor)?
  }

  /// The number of latent frames of a clip.
  package var latentFrames: Int {
    1 + (about.frames - 1) / autoencoder.configuration.timeReduction
  }

  /// The shape of a clip's latents, `[1, channels, frames, rows, columns]`.
  package var latentShape: [Int] {
    let side = about.side / autoencoder.configuration.reduction
    return [1, autoencoder.configuration.zDim, latentFrames, side, side]
  }

  /// Makes a clip.
  ///
  /// - Parameters:
  ///   - plan: What it is made of.
  ///   - onStep: Called after every step; what it throws ends the run.
  /// - Returns: The frames, `[frames, 3, height, width]`, in [-1, 1].
  /// - Throws: What is wrong with the settings, or what `onStep` throws.
  package func frames(
    _ plan: Plan, onStep: (SamplingStep) throws -> Void = { _ in }
  ) throws -> Tensor {
    let noise = NoiseSource(seeds: [plan.seed])
    let epsilon = noise.normal(Array(latentShape.dropFirst()))
    var sampling = SamplingPlan(
      sampler: try Samplers.named(plan.settings.sampler), schedule: schedule,
      levels: try schedule.levels(plan.settings.steps))
    var x = epsilon
    if let (latents, strength) = plan.start {
      sampling = try sampling.last(strength, of: plan.settings.steps)
      x = sampling.levels[0].noised(latents, by: epsilon)
    }
    if let (latents, mask) = plan.kept {
      sampling = sampling.blending(known: latents, noise: epsilon, mask: mask)
    }
    let latents = try sampling(x, denoiser(plan), noise, onStep)
    return try frames(of: latents)
  }

  /// The frames of scaled latents, `[1, channels, frames, rows, columns]`.
  package func frames(of latents: Tensor) throws -> Tensor {
    let frames = try checked {
      withoutGradients { autoencoder.decode(autoencoder.unscaled(latents)) }
    }
    guard try checked({ frames.isFinite().all().item() }) == 1 else { throw DecodingFailure() }
    return frames.selected(dim: 0, index: 0).transposed(0, 1)
  }

  /// The scaled latents of frames.
  ///
  /// - Parameter frames: `[frames, 3, height, width]`, in [-1, 1].
  /// - Returns: `[1, channels, latent frames, rows, columns]`.
  /// - Throws: A `TorchError`.
  package func latents(of frames: Tensor) throws -> Tensor {
    try checked {
      withoutGradients {
        let clip = frames.transposed(0, 1).unsqueezed(0)
        return autoencoder.scaled(autoencoder.encode(clip).mean)
      }
    }
  }

  /// The states of a prompt, filled up with zeros.
  func states(of prompt: String) throws -> Tensor {
    try textEncoder.encode([prompt], maximumTokens: about.maximumTokens).states
  }

  private func denoiser(_ plan: Plan) throws -> any Denoiser {
    let text = try states(of: plan.prompt)
    func conditioned(_ states: Tensor) -> PredictionDenoiser {
      let prompt = withoutGradients { transformer.prompt(states) }
      return PredictionDenoiser(.velocity, schedule: schedule) { x, timesteps in
        transformer(plan.known.behind(x), timestep: timesteps, prompt: prompt)
      }
    }
    guard plan.settings.guidance != 1 else { return conditioned(text) }
    let negative = try states(of: plan.settings.negative)
    return BatchedClassifierFree(
      conditional: conditioned(text), pair: conditioned(concatenate(negative, text, dim: 0)),
      scale: plan.settings.guidance)
  }
}
