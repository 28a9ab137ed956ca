public import Torch

internal import Foundation

/// The likelihood of data by the probability flow, which is the same for every path.
///
/// Song et al. 2021, section 4.3 and appendix D.2, https://arxiv.org/abs/2011.13456: along the flow
/// the log-density changes by the divergence. Here the flow runs in `x / alpha` by `u = ln(sigma)`,
/// where it is `dx/du = x - D(x)`, so that the divergence is the dimension less the trace of the
/// denoiser's derivative. At `sigmaMin` the samples are taken for data, at `sigmaMax` for the
/// noise.
public struct ProbabilityFlow: Sendable {
  /// How the trace of the denoiser's derivative is found.
  public enum Trace: Sendable, Hashable {
    /// Element by element: as many derivatives as a sample has elements.
    case exact
    /// By Hutchinson's estimate, the mean of `vᵀ · ∇D · v` over random signs (Skilling 1989;
    /// Grathwohl et al. 2019, https://arxiv.org/abs/1810.01367), which stay the same along the
    /// flow.
    case hutchinson(probes: Int = 1)
  }

  /// The log-likelihood of samples, and where the flow takes them.
  public struct Result {
    /// The log-likelihood of each sample in nats, `[batch]`.
    public let logLikelihood: Tensor
    /// The negative log-likelihood in bits a dimension, `[batch]`.
    public let bits: Tensor
    /// The samples at `sigmaMax`, in the shape of the data.
    public let latent: Tensor
    /// How often the denoiser and its derivative were asked for.
    public let evaluations: Int
  }

  private let sigmaMin: Double
  private let sigmaMax: Double
  private let trace: Trace
  private let solver: DormandPrince

  /// The likelihood between two levels.
  ///
  /// - Parameters:
  ///   - sigmaMin: The level of the data, small beside their finest detail.
  ///   - sigmaMax: The level of the noise, large beside their size: the likelihood is off by about
  ///     the square of their quotient.
  ///   - trace: How the trace is found.
  ///   - solver: What follows the flow.
  /// - Throws: ``LikelihoodError`` if the levels are not in order or there is no probe.
  public init(
    sigmaMin: Double = 1e-3, sigmaMax: Double = 1000, trace: Trace = .exact,
    solver: DormandPrince = DormandPrince()
  ) throws {
    guard 0 < sigmaMin, sigmaMin < sigmaMax, sigmaMax.isFinite else {
      throw LikelihoodError.range(sigmaMin: sigmaMin, sigmaMax: sigmaMax)
    }
    if case .hutchinson(let probes) = trace, probes < 1 { throw LikelihoodError.probes(probes) }
    (self.sigmaMin, self.sigmaMax) = (sigmaMin, sigmaMax)
    (self.trace, self.solver) = (trace, solver)
  }

  /// The log-likelihood of samples.
  ///
  /// - Parameters:
  ///   - x0: Samples, `[batch, …]`.
  ///   - denoiser: What estimates clean samples; it must be differentiable by its input, and each
  ///     estimate depend on its own sample only.
  ///   - generator: Where Hutchinson's signs come from; it is left alone for the exact trace.
  /// - Returns: The likelihoods.
  /// - Throws: What the denoiser throws, and ``LikelihoodError`` if the solver fails.
  public func logLikelihood(
    of x0: Tensor, denoiser: some Denoiser, using generator: Generator
  ) throws -> Result {
    let flat = x0.reshaped(x0.shape[0], -1)
    let (batch, elements) = (x0.shape[0], flat.shape[1])
    let seeds = seeds(like: flat, using: generator)
    let weight = trace == .exact ? 1 : 1 / Double(seeds.count)
    // The last column is the integral of the divergence.
    let start = concatenate(flat, Tensor.zeros([batch, 1], dtype: flat.dtype), dim: 1)
    let solution = try checked {
      try solver(start, from: log(sigmaMin), to: log(sigmaMax)) { u, y in
        let level = NoiseLevel(alpha: 1, sigma: exp(u))
        let x = y.narrowed(dim: 1, start: 0, length: elements)
        let (estimate, sum) = try estimate(x, Array(x0.shape), level, denoiser, seeds)
        return concatenate(x - estimate, Double(elements) - weight * sum, dim: 1)
      }
    }
    let latent = solution.y.narrowed(dim: 1, start: 0, length: elements)
    let divergence = solution.y.narrowed(dim: 1, start: elements, length: 1).squeezed(1)
    let square = (latent * latent).sum(dims: [1]) / (2 * sigmaMax * sigmaMax)
    let constant = Double(elements) * (0.5 * log(2 * Double.pi) + log(sigmaMax))
    let logLikelihood = divergence - square - constant
    return Result(
      logLikelihood: logLikelihood, bits: logLikelihood / (-Double(elements) * log(2.0)),
      latent: latent.reshaped(Array(x0.shape)), evaluations: solution.evaluations)
  }

  /// The directions in which the denoiser's derivative is asked for, `[batch, elements]` each.
  private func seeds(like x: Tensor, using generator: Generator) -> [Tensor] {
    switch trace {
    case .exact:
      (0..<x.shape[1]).map { index in
        Tensor((0..<x.shape[1]).map { $0 == index ? 1.0 : 0 }, shape: [1, x.shape[1]])
          .converted(to: x.dtype).moved(to: x.device).expanded(Array(x.shape))
      }
    case .hutchinson(let probes):
      (0..<probes).map { _ in
        let signs = 2 * generator.integers(in: 0..<2, Array(x.shape)) - 1
        return signs.converted(to: x.dtype).moved(to: x.device)
      }
    }
  }

  /// The denoiser's estimate and the sum over `seeds` of `vᵀ · ∇D · v`, `[batch, 1]`.
  private func estimate(
    _ x: Tensor, _ shape: [Int], _ level: NoiseLevel, _ denoiser: some Denoiser,
    _ seeds: [Tensor]
  ) throws -> (Tensor, Tensor) {
    try withGradients {
      let leaf = x.withGradient()
      let estimate = try denoiser(leaf.reshaped(shape), at: level).reshaped(Array(x.shape))
      let sum = seeds.reduce(Tensor.zeros([x.shape[0], 1], dtype: x.dtype)) { sum, seed in
        // The graph of the derivative is kept for the next seed.
        let product = estimate.gradients(
          by: [leaf], seed: seed, createsGraph: seeds.count > 1)[0]
        return sum + (seed * product).sum(dims: [1], keepingDims: true).detached()
      }
      return (estimate.detached(), sum)
    }
  }
}
