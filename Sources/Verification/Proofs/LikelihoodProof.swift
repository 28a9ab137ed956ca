internal import Diffusion
internal import Foundation
internal import Torch

/// Likelihoods by the probability flow against densities that are known.
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
    try [normal()] + mixtureLines() + traces()
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

  /// The mean over places with weights, of the flow's likelihoods and of the known ones.
  private func mixtureLines() throws -> [ProofLine] {
    let isExample = mixture == .example
    let data = isExample ? mixture : mixture.standardized()
    let (scale, narrowest) = (
      data.variance.squareRoot(), data.deviations.reduce(.infinity, min)
    )
    let flow = try ProbabilityFlow(
      sigmaMin: 1e-3 * narrowest, sigmaMax: 2500 * scale,
      solver: DormandPrince(absolute: 1e-5 * narrowest, relative: 1e-6))
    // Places that are almost never drawn need more digits than the tolerance has.
    let nodes = data.nodes(step: 0.25).filter { $0.weight > 1e-7 }
    let bits = try flow.logLikelihood(
      of: Tensor(nodes.map(\.place)), denoiser: data, using: Generator(seed: 1)
    ).bits.values(as: Double.self)
    // In the mixture's own units a place is so many bits rarer.
    let unit = isExample ? 0 : log2(mixture.variance.squareRoot())
    let measured = zip(bits, nodes).reduce(unit) { $0 + $1.1.weight * $1.0 }
    let topic = (ProofLine.Part.likelihood, "likelihood")
    return [
      ProofLine(
        topic, "entropy of the mixture, bits", measured: measured,
        claim: .equal(isExample ? 1.411518610363 : mixture.entropy, within: 2e-3))
    ]
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
