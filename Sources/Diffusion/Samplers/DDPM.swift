public import Torch

internal import Foundation

/// The ancestral sampler: draws each step from the posterior of the noising chain.
///
/// Ho et al. 2020, algorithm 2 and equation 7, https://arxiv.org/abs/2006.11239, over any two
/// levels (Kingma et al. 2021, appendix A, https://arxiv.org/abs/2107.00630). First order in its
/// moments.
public struct DDPM: Sampler {
  /// The variance of a step.
  ///
  /// Ho et al. 2020, section 3.2. diffusers calls the fixed ones `fixed_small` and `fixed_large`;
  /// of their forms in logarithms, `fixed_small_log` is the same as without, and `fixed_large_log`
  /// takes the square root of a negative logarithm in 0.42.1, which is not a number.
  public enum Variance: String, Sendable, Hashable, Codable, CaseIterable {
    /// That of the posterior given `x0`: exact for data that are a single point.
    case posterior
    /// That of the noising step, `beta`: exact for unit normal data.
    case noising
    /// What the denoiser says (Nichol & Dhariwal 2021, https://arxiv.org/abs/2102.09672); one that
    /// says nothing is refused with ``PredictionError/noVariance``.
    case learned
  }

  /// The variance of a step.
  public let variance: Variance

  /// The error of the moments falls in proportion to the step.
  public var order: Int { 1 }

  /// Every step but the last draws noise.
  public var isStochastic: Bool { true }

  /// The sampler with a choice of variance.
  public init(variance: Variance = .posterior) {
    self.variance = variance
  }

  /// Draws from the posterior `q(x_s | x_t, x0)` at the estimated `x0`.
  public func step(
    _ x: Tensor, from t: NoiseLevel, to s: NoiseLevel, denoiser: some Denoiser,
    noise: NoiseSource
  ) throws -> Tensor {
    let estimate = try denoiser.estimate(x, at: t)
    let x0 = estimate.x0
    guard s.sigma > 0 else { return s.alpha * x0 }
    let step = ReverseStep(from: t, to: s)
    let mean = step.xFactor * x + step.x0Factor * x0
    let (posterior, noising) = (step.posteriorVariance, step.noisingVariance)
    let z = noise.normal(like: x)
    switch variance {
    case .posterior: return mean + posterior.squareRoot() * z
    case .noising: return mean + noising.squareRoot() * z
    case .learned:
      switch estimate.variance {
      case .range(let range):
        let (low, high) = (log(posterior), log(noising))
        return mean + ((low + (high - low) / 2 * (range + 1)) / 2).exponential() * z
      case .logarithm(let logarithm): return mean + (logarithm / 2).exponential() * z
      case .ofX0(let variance):
        return mean + (posterior + step.x0Factor * step.x0Factor * variance).squareRoot() * z
      case nil: throw PredictionError.noVariance
      }
    }
  }
}
