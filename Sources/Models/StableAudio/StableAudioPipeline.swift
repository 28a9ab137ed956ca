public import Diffusion
public import Torch

/// The networks of Stable Audio Open, from the numbers of a prompt's tokens to a sound.
///
/// Evans et al. 2024, https://arxiv.org/abs/2407.14358; equal to diffusers' `StableAudioPipeline`,
/// whose noise is that of a Brownian path. What it does by default is
/// `DPMSolverPlusPlus2MSDE` over ``StableAudioSchedule``, from unit noise of the first level:
///
/// ```swift
/// let conditions = model.conditions(ids: ids, mask: mask, seconds: 0..<10)
/// let guided = ClassifierFree(
///   conditional: model.denoiser(conditions),
///   unconditional: model.denoiser(conditions.withoutPrompt), scale: 7)
/// ```
public struct StableAudioPipeline: Sendable {
  /// From tokens to states.
  public let textEncoder: T5Encoder
  /// From states and seconds to what the transformer attends to.
  public let projection: StableAudioProjection
  /// From noisy latents to their velocity.
  public let transformer: StableAudioTransformer
  /// From latents to a sound.
  public let autoencoder: AutoencoderOobleck
  /// The levels of noise.
  public let schedule: StableAudioSchedule

  /// What a sound is to be, as the transformer takes it.
  public struct Conditions: Sendable {
    /// The words, and the numbers of seconds, `[batch, words + 2, channels]`.
    public let text: Tensor
    /// The numbers of seconds, `[batch, 1, 2 · channels]`.
    public let global: Tensor

    /// The same seconds and nothing to attend to: what guidance goes away from.
    public var withoutPrompt: Conditions {
      Conditions(text: Tensor.zeros(text.shape.sizes, dtype: text.dtype), global: global)
    }
  }

  /// What sounds of prompts are to be.
  ///
  /// - Parameters:
  ///   - ids: Numbers of tokens, `[batch, words]`, `int64`.
  ///   - mask: 1 for words and 0 for padding, `[batch, words]`.
  ///   - seconds: The part of a recording that is to be heard; it ends where the recording does.
  /// - Returns: The conditions of the batch.
  public func conditions(ids: Tensor, mask: Tensor, seconds: Range<Double>) -> Conditions {
    let count = ids.shape[0]
    func numbers(_ value: Double) -> Tensor { Tensor.full([count], .real(value)) }
    return projection.conditions(
      states: textEncoder(ids, mask: mask), mask: mask, start: numbers(seconds.lowerBound),
      end: numbers(seconds.upperBound))
  }

  /// The denoiser of latents under conditions.
  public func denoiser(_ conditions: Conditions) -> PredictionDenoiser {
    let prompt = transformer.prompt(conditions.text, global: conditions.global)
    return PredictionDenoiser(.v, schedule: schedule) { [transformer] x, timesteps in
      transformer(x, timestep: timesteps, prompt: prompt)
    }
  }

  /// The sound of latents, as long as it was to be.
  ///
  /// - Parameters:
  ///   - latents: `[batch, channels, length]`.
  ///   - seconds: The part of a recording that was asked for.
  /// - Returns: `[batch, audioChannels, frames]`, about in [-1, 1].
  public func sound(_ latents: Tensor, seconds: Range<Double>) -> Tensor {
    let sound = autoencoder.decode(autoencoder.unscaled(latents))
    let rate = Double(autoencoder.configuration.samplingRate)
    let ends = [seconds.lowerBound, seconds.upperBound].map {
      min(max(Int($0 * rate), 0), sound.shape[2])
    }
    return sound.narrowed(dim: 2, start: ends[0], length: ends[1] - ends[0])
  }
}
