internal import Diffusion
internal import Foundation
internal import Torch

/// What is measured of distributions on rotations, angles and tokens.
package struct ManifoldProof: Sendable {
  /// The proof.
  package init() {}

  /// Measures.
  ///
  /// - Returns: The lines.
  /// - Throws: What is wrong with a process.
  package func callAsFunction() throws -> [ProofLine] {
    rotations() + angles() + product() + (try tokens())
  }

  // MARK: Rotations

  /// The mean angle and the score at one radian, where the usual series is right and where it
  /// loses every digit.
  private func rotations() -> [ProofLine] {
    let meanAngles = [
      (0.1, 0.159510413468), (0.5, 0.789547172671), (1, 1.521209662668), (1.65, 2.082019029453),
      (3, 2.207180403799),
    ]
    let scores = [
      (0.0314, -1014.155172458), (0.1, -99.91524386086), (0.3, -11.02635497197),
      (0.5, -3.915243860856), (1, -0.9152053068403), (1.65, -0.2403182112825),
      (3, -0.000622595080641),
    ]
    let topic = (ProofLine.Part.manifolds, "so3")
    return meanAngles.flatMap { epsilon, angle in
      let distribution = IsotropicGaussian(epsilon: epsilon)
      let trace = mean(distribution) { 1 + 2 * $0.cosine() }
      return [
        ProofLine(
          topic, "integral of the density, ε = \(epsilon)",
          measured: mean(distribution) { 0 * $0 + 1 }, claim: .equal(1, within: 1e-11)),
        ProofLine(
          topic, "mean angle, ε = \(epsilon)", measured: mean(distribution) { $0 },
          claim: .equal(angle, within: 1e-10)),
        ProofLine(
          topic, "mean trace, ε = \(epsilon)", measured: trace,
          claim: .equal(3 * exp(-epsilon * epsilon), within: 1e-11)),
      ]
    }
      + scores.map { epsilon, score in
        ProofLine(
          topic, "score at 1 rad, ε = \(epsilon)",
          measured: IsotropicGaussian(epsilon: epsilon).score(Tensor([1.0])).item(),
          claim: .equal(score, share: 1e-11))
      }
  }

  /// The mean over angles, by Simpson's rule.
  private func mean(_ distribution: IsotropicGaussian, _ f: (Tensor) -> Tensor) -> Double {
    let count = 8001
    let angles = Tensor.linspace(from: 0, to: .pi, count: count, dtype: .float64)
    let weights = (0..<count).map { $0 == 0 || $0 == count - 1 ? 1.0 : $0 % 2 == 0 ? 2 : 4 }
    let values = distribution.angleDensity(angles) * f(angles) * Tensor(weights)
    return values.sum().item() * .pi / Double(3 * (count - 1))
  }

  // MARK: Angles

  private func angles() -> [ProofLine] {
    let topic = (ProofLine.Part.manifolds, "torus")
    let places = Tensor((0..<1000).map { Double($0) / 1000 * 2 * .pi })
    let moments = [0.05, 0.5, 1, 3, 10].flatMap { sigma in
      // Equidistant places integrate a periodic function with all digits.
      let density = WrappedNormal(sigma: sigma).logDensity(places).exponential()
      return [
        ProofLine(
          topic, "integral of the density, σ = \(sigma)",
          measured: density.mean().item() * 2 * .pi, claim: .equal(1, within: 1e-11)),
        ProofLine(
          topic, "mean cosine, σ = \(sigma)",
          measured: (density * places.cosine()).mean().item() * 2 * .pi,
          claim: .equal(exp(-sigma * sigma / 2), within: 1e-11)),
      ]
    }
    let scores = [(0.1, -100), (0.5, -4), (1, -0.999990998788), (3.14, -0.0120699551753)]
    return moments
      + scores.map { sigma, score in
        ProofLine(
          topic, "score at 1 rad, σ = \(sigma)",
          measured: WrappedNormal(sigma: sigma).score(Tensor([1.0])).item(),
          claim: .equal(score, share: 1e-10))
      }
  }

  /// The parts of a product do not see each other.
  private func product() -> [ProofLine] {
    let product = ProductSpace([(Euclidean(), 2), (Torus(angles: 1), 0.5)])
    let x = Tensor([1.0, 2, 3, 0.7], shape: [1, 4])
    let score = product.score(at: x, of: 0 * x, sigma: 1)
    let angle = WrappedNormal(sigma: 0.5).score(Tensor([0.7])).item()
    let expected = Tensor([-0.25, -0.5, -0.75, angle], shape: [1, 4])
    return [
      ProofLine(
        (.manifolds, "product"), "distance from the parts' scores",
        measured: distance(score, expected), claim: .atMost(0, within: 1e-13))
    ]
  }

  // MARK: Tokens

  /// Posteriors over four tokens against Bayes' rule over all of them.
  private func tokens() throws -> [ProofLine] {
    let alphaBar = CategoricalProcess.linearAlphaBar(10).dropLast()
    let processes = [
      ("uniform", try CategoricalProcess.uniform(tokens: 4, alphaBar: Array(alphaBar))),
      (
        "absorbing", try CategoricalProcess.absorbing(tokens: 4, mask: 3, alphaBar: Array(alphaBar))
      ),
    ]
    return processes.map { name, process in
      let (t, s) = (7, 4)
      let errors = (0..<4).map { token in
        let belief = belief(name, of: token)
        let found = process.posterior(
          Tensor([token]), x0: Tensor(belief, shape: [1, 4]), from: t, to: s
        ).values(as: Double.self)
        let exact = bayes(process, token: token, belief: belief, from: t, to: s)
        return zip(found, exact).map { abs($0 - $1) }.reduce(0, max)
      }
      return ProofLine(
        (.manifolds, "tokens-\(name)"), "distance of the posteriors from Bayes' rule",
        measured: errors.reduce(0, max), claim: .atMost(0, within: 1e-13))
    }
  }

  /// What is believed of a clean token; one that was not absorbed is still itself.
  private func belief(_ process: String, of token: Int) -> [Double] {
    guard process == "absorbing" else { return [0.4, 0.3, 0.2, 0.1] }
    return token == 3 ? [0.5, 0.3, 0.2, 0] : (0..<4).map { $0 == token ? 1 : 0 }
  }

  /// `Σ p(x_0) · p(x_s | x_t, x_0)`, where the second factor is what all `x_s` that lead to `x_t`
  /// share.
  private func bayes(
    _ process: CategoricalProcess, token: Int, belief: [Double], from t: Int, to s: Int
  ) -> [Double] {
    func chance(_ from: Int, _ to: Int, kept: Double) -> Double {
      (from == to ? kept : 0) + (1 - kept) * process.prior[to]
    }
    let (keptS, keptT) = (process.alphaBar[s], process.alphaBar[t] / process.alphaBar[s])
    var sum = [0.0, 0, 0, 0]
    for (x0, share) in belief.enumerated() where share > 0 {
      let joint = (0..<4).map { xs in
        chance(x0, xs, kept: keptS) * chance(xs, token, kept: keptT)
      }
      let evidence = joint.reduce(0, +)
      guard evidence > 0 else { continue }
      for xs in 0..<4 { sum[xs] += share * joint[xs] / evidence }
    }
    return sum
  }
}
