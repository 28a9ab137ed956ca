public import Torch

/// PLMS: the linear multistep method on the noise, with two evaluations in the first step.
///
/// PNDM (Liu et al. 2022, https://arxiv.org/abs/2202.09778) as latent diffusion runs it (diffusers'
/// `PNDMScheduler(skip_prk_steps=True)`): the first step is made with the mean of the noises at
/// both of its ends, the next ones with two, three and then four noises. The weights are those of
/// equal steps, so over smooth schedules the error falls with the square of the step.
///
/// A step to a clean level gives the estimate, where diffusers' last step still puts noises
/// together. A step from pure noise is of first order.
public struct PLMS: Sampler {
  private var history = History()

  /// The error falls with the square of the step.
  public var order: Int { 2 }

  /// The flow is deterministic.
  public var isStochastic: Bool { false }

  /// The sampler, without a memory yet.
  public init() {}

  /// Extrapolates the noise, or at first takes the mean over the step, and follows it to `s`.
  public mutating func step(
    _ x: Tensor, from t: NoiseLevel, to s: NoiseLevel, denoiser: some Denoiser,
    noise: NoiseSource
  ) throws -> Tensor {
    let x0 = try denoiser(x, at: t)
    let epsilon = t.epsilon(in: x, of: x0)
    history.add(epsilon, at: t, keeping: 4)
    guard s.sigma > 0, t.alpha > 0 else { return t.moved(x, to: s, x0: x0) }
    guard history.count == 1 else {
      return t.moved(x, to: s, epsilon: adamsBashforth(history.values))
    }
    let predicted = t.moved(x, to: s, epsilon: epsilon)
    let epsilonAtS = s.epsilon(in: predicted, of: try denoiser(predicted, at: s))
    return t.moved(x, to: s, epsilon: 0.5 * (epsilon + epsilonAtS))
  }
}
