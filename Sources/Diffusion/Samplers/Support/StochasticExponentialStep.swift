internal import Foundation

/// The exact step of the reverse-time equation whose estimates of `x0` are a polynomial.
///
/// With `lambda` half of ``NoiseLevel/logSNR`` and `a = 1 + eta`, the solution is
/// `x_s = (sigma_s / sigma_t) e^(-eta h) x + alpha_s ∫ a e^(-a (h - u)) x0(u) du + noise`
/// for `u` from 0 to `h` (Xue et al. 2023, https://arxiv.org/abs/2309.05019, with
/// `tau² = eta`).
struct StochasticExponentialStep {
  private let a: Double
  private let h: Double
  private let s: NoiseLevel

  /// The weight of `x`.
  let xWeight: Double
  /// The weight of a constant `x0`.
  let x0Weight: Double
  /// The standard deviation of the noise.
  let deviation: Double

  init(from t: NoiseLevel, to s: NoiseLevel, eta: Double) {
    let ratio = t.sigmaRatio(to: s)
    let kept = pow(ratio, eta)
    a = 1 + eta
    h = (s.logSNR - t.logSNR) / 2
    self.s = s
    xWeight = s.sigma / t.sigma * kept
    x0Weight = s.alpha * (h.isFinite ? -expm1(-a * h) : 1)
    deviation = s.sigma * (h.isFinite ? -expm1(-2 * eta * h) : eta > 0 ? 1 : 0).squareRoot()
  }

  /// The weight of `x0` that grows as `u`.
  var firstMoment: Double { s.alpha * h - x0Weight / a }

  /// ``firstMoment`` but for a term of the step's third order.
  var simpleFirstMoment: Double { s.alpha * a * h * h / 2 }

  /// The weight of `x0` that grows as `u²`.
  var secondMoment: Double { s.alpha * h * h - 2 / a * firstMoment }

  /// The weight of `x0` that grows as `u³`.
  var thirdMoment: Double { s.alpha * h * h * h - 3 / a * secondMoment }
}
