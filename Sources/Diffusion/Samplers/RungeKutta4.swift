public import Torch

/// The classical method of Runge and Kutta: a reference for what the flow is.
///
/// Where both levels have the same `alpha`, the flow of `x` in `l = log sigma` is
/// `dx/dl = x - alpha · x0`, which is smooth over all of Karras' levels (Karras et al. 2022,
/// equation 1, https://arxiv.org/abs/2206.00364, with `sigma` for the time). Other steps follow the
/// straight line between the two levels, where `dx = x0 · dalpha + epsilon · dsigma`, as ``Heun``
/// does: for flows that is the method in the flow's time, and pure noise needs no exception. Fourth
/// order with four evaluations a step, one in a step to a clean level.
public struct RungeKutta4: Sampler {
  /// The error falls with the fourth power of the step.
  public var order: Int { 4 }

  /// The flow is deterministic.
  public var isStochastic: Bool { false }

  /// The sampler.
  public init() {}

  /// Follows the mean of the directions at both ends and, twice, in the middle of the step.
  public func step(
    _ x: Tensor, from t: NoiseLevel, to s: NoiseLevel, denoiser: some Denoiser,
    noise: NoiseSource
  ) throws -> Tensor {
    let x0 = try denoiser(x, at: t)
    guard s.sigma > 0 else { return s.alpha * x0 }
    let (dAlpha, dSigma) = (s.alpha - t.alpha, s.sigma - t.sigma)
    let isLogarithmic = dAlpha == 0
    let middle =
      isLogarithmic
      ? t.towards(s, part: 0.5)
      : NoiseLevel(alpha: t.alpha + dAlpha / 2, sigma: t.sigma + dSigma / 2)
    func change(_ x: Tensor, _ x0: Tensor, at level: NoiseLevel) -> Tensor {
      isLogarithmic
        ? (t.logSNR - s.logSNR) / 2 * (x - level.alpha * x0)
        : dAlpha * x0 + dSigma * level.epsilon(in: x, of: x0)
    }
    func change(_ x: Tensor, at level: NoiseLevel) throws -> Tensor {
      change(x, try denoiser(x, at: level), at: level)
    }
    let k1 = change(x, x0, at: t)
    let k2 = try change(x + k1 / 2, at: middle)
    let k3 = try change(x + k2 / 2, at: middle)
    let k4 = try change(x + k3, at: s)
    return x + (k1 + 2 * k2 + 2 * k3 + k4) / 6
  }
}
