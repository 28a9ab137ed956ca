public import Torch

internal import Foundation

/// The variational bound on the negative log-likelihood of data, in bits a dimension.
///
/// Ho et al. 2020, equation 5, https://arxiv.org/abs/2006.11239: the noisy end's distance from the
/// prior, every step back's from the true posterior, and the data's own likelihood in the end.
public struct VariationalBound: Sendable {
  /// The variance of a step back.
  public enum Variance: Sendable {
    /// That of the posterior given `x0`.
    case posterior
    /// That of the noising step.
    case noising
    /// A share of the way between the logarithms of the two, which a network says or that is known.
    case between(@Sendable (_ x: Tensor, _ t: NoiseLevel, _ s: NoiseLevel) throws -> Tensor)
  }

  /// The terms of a bound, each in bits a dimension, `[batch]`.
  public struct Terms: Sendable {
    /// How far the noisiest samples are from the prior.
    public let prior: Tensor
    /// How far each step back is from the true one, noisiest first.
    public let steps: [Tensor]
    /// How unlikely the data are at the end.
    public let decoder: Tensor
    /// The bound: the sum of all terms.
    public var total: Tensor { steps.reduce(prior + decoder, +) }
  }

  private let levels: [NoiseLevel]
  private let variance: Variance
  private let decoder: DataDecoder

  /// The bound of a chain.
  ///
  /// - Parameters:
  ///   - levels: One noisy level or more, noisiest first; a clean one at the end is left out.
  ///   - variance: The variance of the steps back.
  ///   - decoder: How the chain ends.
  /// - Throws: ``SamplingError`` if there is no noisy level, or one is not cleaner than the last.
  public init(over levels: [NoiseLevel], variance: Variance, decoder: DataDecoder) throws {
    let noisy = levels.filter { $0.sigma > 0 }
    guard !noisy.isEmpty else { throw SamplingError.tooFewLevels(levels.count) }
    for (index, (t, s)) in zip(levels, levels.dropFirst()).enumerated()
    where !(s.logSNR > t.logSNR) {
      throw SamplingError.risingNoise(index: index + 1, from: t, to: s)
    }
    self.levels = noisy
    self.variance = variance
    self.decoder = decoder
  }

  /// The bound of each sample, with noise of its own for every term.
  ///
  /// - Parameters:
  ///   - x0: Data, `[batch, …]`.
  ///   - denoiser: What estimates them.
  ///   - noise: The samples' random numbers.
  /// - Returns: The terms.
  /// - Throws: What the denoiser throws.
  public func callAsFunction(
    _ x0: Tensor, denoiser: some Denoiser, noise: NoiseSource
  ) throws -> Terms {
    try withoutGradients {
      let steps = try zip(levels, levels.dropFirst()).map { t, s in
        try step(x0, epsilon: noise.normal(like: x0), from: t, to: s, denoiser: denoiser)
      }
      let decoder = try decoder(x0, epsilon: noise.normal(like: x0), denoiser: denoiser)
      return Terms(prior: prior(x0), steps: steps, decoder: decoder)
    }
  }

  /// How far the noisiest samples are from the prior, `[batch]`.
  public func prior(_ x0: Tensor) -> Tensor {
    let level = levels[0]
    // The prior has the unit of the path: the noise alone, or all of a variance-preserving level.
    let scale = abs(hypot(level.alpha, level.sigma) - 1) < 1e-9 ? 1 : level.sigma
    return bits(
      normalDivergence(
        level.alpha * x0, 0 * x0 + 2 * log(level.sigma), 0 * x0, 0 * x0 + 2 * log(scale)))
  }

  /// How far a step back is from the true posterior, `[batch]`.
  ///
  /// - Parameters:
  ///   - x0: Data, `[batch, …]`.
  ///   - epsilon: The unit noise of the samples at `t`.
  ///   - t: The noisier level.
  ///   - s: The cleaner level, with noise.
  ///   - denoiser: What estimates the data.
  /// - Returns: The divergences.
  /// - Throws: What the denoiser throws.
  public func step(
    _ x0: Tensor, epsilon: Tensor, from t: NoiseLevel, to s: NoiseLevel, denoiser: some Denoiser
  ) throws -> Tensor {
    let x = t.noised(x0, by: epsilon)
    let step = ReverseStep(from: t, to: s)
    let share =
      switch variance {
      case .posterior: 0 * x
      case .noising: 0 * x + 1
      case .between(let share): try share(x, t, s)
      }
    let estimate = try denoiser(x, at: t)
    return bits(
      normalDivergence(
        step.mean(x, x0: x0), 0 * x + log(step.posteriorVariance),
        step.mean(x, x0: estimate), 0 * x + step.logVariance(share: share)))
  }

  /// How unlikely the data are, given their samples at the cleanest noisy level, `[batch]`.
  ///
  /// - Parameters:
  ///   - x0: Data, `[batch, …]`.
  ///   - epsilon: The unit noise of the samples.
  ///   - denoiser: What estimates the data.
  /// - Returns: The negative log-likelihoods.
  /// - Throws: What the denoiser throws.
  public func decoder(
    _ x0: Tensor, epsilon: Tensor, denoiser: some Denoiser
  ) throws -> Tensor {
    let level = levels[levels.count - 1]
    let estimate = try denoiser(level.noised(x0, by: epsilon), at: level)
    return bits(-decoder.logLikelihood(x0, mean: estimate))
  }
}

/// The mean over each sample's elements, from nats to bits, `[batch]`.
func bits(_ nats: Tensor) -> Tensor {
  nats.reshaped(nats.shape[0], -1).mean(dims: [1]) / log(2.0)
}
