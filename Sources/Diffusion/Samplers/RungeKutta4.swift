public import Torch

/// The classical method of Runge and Kutta in `log sigma`: a reference for what the flow is.
///
/// In `y = x / alpha` and `l = log(sigma / alpha)` the probability flow is `dy/dl = y - x0`, which is
/// smooth over all levels (Karras et al. 2022, equation 1, https://arxiv.org/abs/2206.00364, with
/// `sigma` in place of time). Fourth order with four evaluations a step. A step from pure noise or to
/// a clean level is of first order, with one.
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
    guard s.sigma > 0, t.alpha > 0 else { return t.moved(x, to: s, x0: x0) }
    let middle = t.towards(s, part: 0.5)
    func slope(_ y: Tensor, at level: NoiseLevel) throws -> Tensor {
      y - (try denoiser(level.alpha * y, at: level))
    }
    let h = (t.logSNR - s.logSNR) / 2
    let y = x / t.alpha
    let k1 = y - x0
    let k2 = try slope(y + (h / 2) * k1, at: middle)
    let k3 = try slope(y + (h / 2) * k2, at: middle)
    let k4 = try slope(y + h * k3, at: s)
    return s.alpha * (y + (h / 6) * (k1 + 2 * k2 + 2 * k3 + k4))
  }
}
