public import Torch

/// Improved PNDM: the linear multistep method on the noise, of lower order in the first steps.
///
/// PNDM (Liu et al. 2022, https://arxiv.org/abs/2202.09778) without its Runge–Kutta start, named by
/// Zhang & Chen 2023, https://arxiv.org/abs/2204.13902 (diffusers' `IPNDMScheduler`): one
/// evaluation a step. The next noise is put together from the latest ones as if the steps were
/// equal, which they are not in `sigma / alpha`: over smooth schedules the error falls with the
/// square of the step, whatever the number of values.
///
/// A step to a clean level gives the estimate, where diffusers' last step still puts noises
/// together; and from pure noise diffusers' first step drops the estimate, because it divides by
/// `max(alpha, 1e-8)`.
public struct IPNDM: Sampler {
  /// The number of noises that a step uses, from 1 to 4.
  public let values: Int

  private var history = History()

  /// The error falls with the square of the step, and for one value in proportion to it.
  public var order: Int { min(values, 2) }

  /// The flow is deterministic.
  public var isStochastic: Bool { false }

  /// The sampler with 1 to 4 noises, without a memory yet.
  public init(values: Int = 4) {
    precondition((1...4).contains(values), "\(values) values: expected 1 to 4")
    self.values = values
  }

  /// Extrapolates the noise, and follows it to `s`.
  public mutating func step(
    _ x: Tensor, from t: NoiseLevel, to s: NoiseLevel, denoiser: some Denoiser,
    noise: NoiseSource
  ) throws -> Tensor {
    let x0 = try denoiser(x, at: t)
    history.add(t.epsilon(in: x, of: x0), at: t, keeping: values)
    guard s.sigma > 0, t.alpha > 0 else { return t.moved(x, to: s, x0: x0) }
    return t.moved(x, to: s, epsilon: adamsBashforth(history.values))
  }
}
