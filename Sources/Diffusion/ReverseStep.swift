public import Torch

internal import Foundation

/// A step back of the noising chain: the normal distribution of `x_s` given `x_t` and `x0`.
///
/// Ho et al. 2020, equations 6 and 7, https://arxiv.org/abs/2006.11239, over any two levels
/// (Kingma et al. 2021, appendix A, https://arxiv.org/abs/2107.00630).
public struct ReverseStep: Sendable, Hashable {
  /// The factor of `x_t` in the mean.
  public let xFactor: Double

  /// The factor of `x0` in the mean.
  public let x0Factor: Double

  /// The variance given `x0`, Ho's `beta~`: the least that a chain back can have.
  public let posteriorVariance: Double

  /// The variance of the noising step, Ho's `beta`: the most.
  public let noisingVariance: Double

  /// The step from `t` to a cleaner level `s`.
  public init(from t: NoiseLevel, to s: NoiseLevel) {
    let (sigmaT2, sigmaS2) = (t.sigma * t.sigma, s.sigma * s.sigma)
    let added = t.varianceAdded(since: s)
    xFactor = t.alpha / s.alpha * sigmaS2 / sigmaT2
    x0Factor = s.alpha * added / sigmaT2
    posteriorVariance = added * sigmaS2 / sigmaT2
    noisingVariance = added
  }

  /// The mean given noisy samples and the clean ones, or an estimate of them.
  public func mean(_ x: Tensor, x0: Tensor) -> Tensor { xFactor * x + x0Factor * x0 }

  /// A log-variance between the least and the most, by the share of the way.
  ///
  /// Nichol & Dhariwal 2021, equation 15, https://arxiv.org/abs/2102.09672.
  ///
  /// - Parameter share: 0 for the posterior's, 1 for the noising step's; of any shape.
  /// - Returns: The log-variances, in the same shape. `s` must have noise.
  public func logVariance(share: Tensor) -> Tensor {
    let (least, most) = (log(posteriorVariance), log(noisingVariance))
    return least + (most - least) * share
  }

  /// The share of the way from the least to the most at which a variance lies.
  public func share(of variance: Double) -> Double {
    log(variance / posteriorVariance) / log(noisingVariance / posteriorVariance)
  }
}

/// The divergence of one normal distribution from another, element by element, in nats.
///
/// - Parameters:
///   - mean: The mean of the first, true one.
///   - logVariance: Its log-variance.
///   - otherMean: The mean of the second.
///   - otherLogVariance: Its log-variance.
/// - Returns: The divergences.
func normalDivergence(
  _ mean: Tensor, _ logVariance: Tensor, _ otherMean: Tensor, _ otherLogVariance: Tensor
) -> Tensor {
  let difference = mean - otherMean
  return
    (otherLogVariance - logVariance + (logVariance - otherLogVariance).exponential()
    + difference * difference * (-otherLogVariance).exponential() - 1) / 2
}

/// How a chain back ends: the likelihood of data, given their noisiest neighbour's estimate.
public enum DataDecoder: Sendable, Hashable, Codable {
  /// Real numbers, with a normal density of this variance about the estimate.
  case normal(variance: Double)
  /// Whole steps from -1 to 1, each with the normal distribution's share of its interval; the
  /// outermost reach to infinity.
  ///
  /// Ho et al. 2020, equation 13; 8-bit pictures have 256.
  case discretised(values: Int = 256, variance: Double)

  /// The log-likelihood of each element, in nats.
  ///
  /// - Parameters:
  ///   - x0: The data.
  ///   - mean: The estimate, in the same shape.
  /// - Returns: The logarithms, in the same shape.
  public func logLikelihood(_ x0: Tensor, mean: Tensor) -> Tensor {
    switch self {
    case .normal(let variance):
      let difference = x0 - mean
      return difference * difference / (-2 * variance) - 0.5 * log(2 * Double.pi * variance)
    case .discretised(let values, let variance):
      return discretisedLogLikelihood(
        x0, mean: mean, logVariance: 0 * mean + log(variance), values: values)
    }
  }
}

/// The logarithm of a normal distribution's share of the interval about a value on a grid.
func discretisedLogLikelihood(
  _ x0: Tensor, mean: Tensor, logVariance: Tensor, values: Int
) -> Tensor {
  let half = 1 / Double(values - 1)
  let scale = (-0.5 * logVariance).exponential() / 2.0.squareRoot()
  let (low, high) = ((x0 - half - mean) * scale, (x0 + half - mean) * scale)
  // Of the two tails, the one that is small keeps its digits.
  let isAbove = (x0 - mean).greater(than: 0)
  let flippedLow = isAbove.choosing(-high, else: low)
  let flippedHigh = isAbove.choosing(-low, else: high)
  let isFirst = x0.less(than: .real(-1 + half))
  let isLast = x0.greater(than: .real(1 - half))
  let open = isAbove.choosing(isLast, else: isFirst)
  let closed = isAbove.choosing(isFirst, else: isLast)
  let below = open.choosing(0 * low, else: 1 + flippedLow.erf())
  let above = closed.choosing(0 * low + 2, else: 1 + flippedHigh.erf())
  return ((above - below) / 2).clamped(min: 1e-12).logarithm()
}
