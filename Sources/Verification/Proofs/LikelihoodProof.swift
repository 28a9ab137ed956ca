internal import Diffusion
internal import Foundation
internal import Torch

/// Likelihoods by the probability flow and by the variational bound against densities that are
/// known.
package struct LikelihoodProof: Sendable {
  private let mixture: NormalMixture

  /// The proof on a mixture.
  package init(_ mixture: NormalMixture = .example) {
    self.mixture = mixture
  }

  /// Measures.
  ///
  /// - Returns: The lines.
  /// - Throws: What a solver throws.
  package func callAsFunction() throws -> [ProofLine] {
    try [normal(), prior()] + mixtureLines() + traces()
  }

  /// The entropy of a normal distribution, by three places whose mean is exact.
  private func normal() throws -> ProofLine {
    let places = [-3.0.squareRoot() / 2, 0, 3.0.squareRoot() / 2]
    let flow = try ProbabilityFlow(
      sigmaMin: 1e-5, sigmaMax: 1e5, solver: DormandPrince(absolute: 1e-10, relative: 1e-10))
    let bits = try flow.logLikelihood(
      of: Tensor(places), denoiser: NormalData(variance: 0.25), using: Generator(seed: 1)
    ).bits.values(as: Double.self)
    return ProofLine(
      (.likelihood, "likelihood"), "entropy of a normal distribution, bits",
      measured: (bits[0] + 4 * bits[1] + bits[2]) / 6,
      claim: .equal(1.047095585180641, within: 1e-7))
  }

  /// The divergence of a sample's noisy end, of mean 0.6 and variance 0.64, from unit noise.
  private func prior() throws -> ProofLine {
    let bound = try VariationalBound(
      over: [NoiseLevel(alpha: 0.6, sigma: 0.8)], variance: .posterior,
      decoder: .normal(variance: 1))
    return ProofLine(
      (.likelihood, "likelihood"), "divergence of a noisy end from the prior, bits",
      measured: bound.prior(Tensor([1.0])).item(),
      claim: .equal(-log2(0.8), within: 1e-14))
  }

  /// The mixture that is measured: the example, or one's own in units of its deviation.
  private var data: NormalMixture { mixture == .example ? mixture : mixture.standardized() }

  /// In the mixture's own units a place is so many bits rarer.
  private var unit: Double { mixture == .example ? 0 : log2(mixture.variance.squareRoot()) }

  private var entropy: Double { mixture == .example ? 1.411518610363 : mixture.entropy }

  private var narrowest: Double { data.deviations.reduce(.infinity, min) }

  private func mixtureLines() throws -> [ProofLine] {
    let topic = (ProofLine.Part.likelihood, "likelihood")
    let (coarse, fine) = (try bound(steps: 200), try bound(steps: 400))
    return [
      ProofLine(
        topic, "entropy of the mixture, bits", measured: try meanBits() + unit,
        claim: .equal(entropy, within: 2e-3)),
      ProofLine(
        topic, "variational bound of the mixture, 400 steps, bits", measured: fine + unit,
        claim: .atLeast(entropy)),
      ProofLine(
        topic, "the same without its term of first order, bits",
        measured: 2 * fine - coarse + unit, claim: .equal(entropy, within: 0.02),
        note: "from 200 and 400 steps"),
    ]
  }

  /// The mean of the flow's likelihoods over places with weights.
  private func meanBits() throws -> Double {
    let flow = try ProbabilityFlow(
      sigmaMin: 1e-3 * narrowest, sigmaMax: 2500 * data.variance.squareRoot(),
      solver: DormandPrince(absolute: 1e-5 * narrowest, relative: 1e-6))
    // Places that are almost never drawn need more digits than the tolerance has.
    let nodes = data.nodes(step: 0.25).filter { $0.weight > 1e-7 }
    let bits = try flow.logLikelihood(
      of: Tensor(nodes.map(\.place)), denoiser: data, using: Generator(seed: 1)
    ).bits.values(as: Double.self)
    return zip(bits, nodes).reduce(0) { $0 + $1.1.weight * $1.0 }
  }

  /// The mean of the bound over places and noises with weights.
  private func bound(steps: Int) throws -> Double {
    let nodes = data.nodes(step: 0.25)
    let noises = (-10...10).map { Double($0) / 2 }.map { ($0, exp(-$0 * $0 / 2)) }
    let total = noises.reduce(0) { $0 + $1.1 }
    let x0 = Tensor(nodes.flatMap { node in noises.map { _ in node.place } })
    let epsilon = Tensor(nodes.flatMap { _ in noises.map(\.0) })
    let weights = Tensor(nodes.flatMap { node in noises.map { node.weight * $0.1 / total } })
    let least = 0.04 * narrowest
    let levels = try SigmaSchedule(
      .exponential, sigmaMin: least, sigmaMax: 300 * data.variance.squareRoot()
    ).levels(steps)
    let bound = try VariationalBound(
      over: levels, variance: .posterior, decoder: .normal(variance: least * least))
    var sum = bound.prior(x0) + (try bound.decoder(x0, epsilon: epsilon, denoiser: data))
    for (t, s) in zip(levels, levels.dropFirst()) where s.sigma > 0 {
      sum = sum + (try bound.step(x0, epsilon: epsilon, from: t, to: s, denoiser: data))
    }
    return (sum * weights).sum().item()
  }

  /// Two numbers that depend on each other: the exact trace, and the mean of random ones.
  private func traces() throws -> [ProofLine] {
    let pair = FunctionDenoiser { x, level in
      let variance = level.sigma * level.sigma
      let (long, short) = (1 / (1 + variance), 0.04 / (0.04 + variance))
      let matrix = [long + short, long - short, long - short, long + short].map { $0 / 2 }
      return x.matmul(Tensor(matrix, shape: [2, 2]))
    }
    let x = Tensor([0.9, 0.5], shape: [1, 2]).repeated([64, 1])
    func likelihood(_ trace: ProbabilityFlow.Trace) throws -> Tensor {
      try ProbabilityFlow(
        sigmaMin: 1e-3, sigmaMax: 1e3, trace: trace,
        solver: DormandPrince(absolute: 1e-6, relative: 1e-6)
      ).logLikelihood(of: x, denoiser: pair, using: Generator(seed: 2)).logLikelihood
    }
    // The squares along the diagonals, over their variances.
    let exact = -0.98 / 2 - 0.08 / 2 / 0.04 - log(2 * .pi) - 0.5 * log(0.04)
    let estimate = try likelihood(.hutchinson())
    let deviation = estimate.variance(correction: 1).item().squareRoot()
    let topic = (ProofLine.Part.likelihood, "likelihood")
    return [
      ProofLine(
        topic, "log-likelihood of a pair, exact trace, nats",
        measured: try likelihood(.exact).mean().item(), claim: .equal(exact, within: 1e-4)),
      ProofLine(
        topic, "log-likelihood of a pair, Hutchinson's trace, nats",
        measured: estimate.mean().item(), claim: .equal(exact, within: 4 * deviation / 8),
        note: "the mean of 64, within four standard errors"),
    ]
  }
}
