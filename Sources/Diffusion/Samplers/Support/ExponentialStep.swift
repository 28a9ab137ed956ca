internal import Torch

internal import Foundation

/// What a solver takes for a polynomial of `lambda` between two levels.
///
/// The flow between them is `x_s = sigma_s / sigma_t · x_t + alpha_s · ∫ e^{lambda - lambda_s} x0`
/// (Lu et al. 2022b, proposition 4.1, https://arxiv.org/abs/2211.01095), and as well
/// `x_s = alpha_s / alpha_t · x_t - sigma_s · ∫ e^{lambda_s - lambda} epsilon` (Lu et al. 2022a,
/// proposition 3.1, https://arxiv.org/abs/2206.00927), over `dlambda` from `lambda_t` to
/// `lambda_s`. The factors in front of `x_t` are exact; `lambda` is half of ``NoiseLevel/logSNR``.
public enum IntegratedPrediction: String, Sendable, Hashable, Codable, CaseIterable {
  /// The clean sample, as in DPM-Solver++.
  case x0
  /// The noise, as in DPM-Solver and DEIS.
  case epsilon

  /// The prediction that the estimate `x0` of `x` at a level is.
  func value(_ x0: Tensor, of x: Tensor, at level: NoiseLevel) -> Tensor {
    self == .x0 ? x0 : level.epsilon(in: x, of: x0)
  }
}

/// A step between two levels with a finite `lambda`, by an exponential integrator.
struct ExponentialStep {
  let prediction: IntegratedPrediction
  let t: NoiseLevel
  let s: NoiseLevel

  /// The length of the step in `lambda`.
  var h: Double { (s.logSNR - t.logSNR) / 2 }

  /// The exponent in the integral over the step, which is then of length 1.
  var z: Double { prediction == .x0 ? -h : h }

  /// Where a level lies: 0 at `t`, 1 at `s`, negative before the step.
  func position(of level: NoiseLevel) -> Double { (level.logSNR - t.logSNR) / (2 * h) }

  /// The moments of the exact integral of a polynomial through `count` values.
  func exactMoments(_ count: Int) -> [Double] { exponentialMoments(count, z) }

  /// The moments of the midpoint rule for two values: the polynomial's value in the middle of the
  /// step stands for all of it.
  var midpointMoments: [Double] { [phi(1, z), phi(1, z) / 2] }

  /// The samples at `s` from `x` at `t`, with the integral as a weighted sum of predictions at any
  /// levels; the weights sum up to `φ_1(z)`.
  func callAsFunction(_ x: Tensor, _ weights: [Double], _ values: [Tensor]) -> Tensor {
    let (scale, factor) =
      prediction == .x0
      ? (s.sigma / t.sigma, s.alpha * h) : (s.alpha / t.alpha, -s.sigma * h)
    return zip(weights, values).reduce(scale * x) { $0 + (factor * $1.0) * $1.1 }
  }

  /// The samples at `s` by the polynomial through values at `nodes`, of which there is one for
  /// each moment.
  func callAsFunction(
    _ x: Tensor, through values: [Tensor], at nodes: [Double], moments: [Double]
  ) -> Tensor {
    self(x, lagrangeWeights(at: nodes, moments: moments), values)
  }

  /// The samples at `s` if the prediction does not change: DDIM's step.
  func callAsFunction(_ x: Tensor, holding value: Tensor) -> Tensor {
    self(x, [phi(1, z)], [value])
  }
}
