import Diffusion
import Foundation
import Testing
import Torch

/// Discrete diffusion against Bayes' rule by brute force, over four tokens.
@Suite struct CategoricalTests {
  static let alphaBar = [0.9, 0.6, 0.25, 0.1, 0]
  static let kinds = ["uniform", "absorbing", "skewed"]
  /// What clean tokens are; the last one is the mask.
  private let data = [0.5, 0.3, 0.2, 0]

  private func process(_ kind: String) throws -> CategoricalProcess {
    switch kind {
    case "uniform": try .uniform(tokens: 4, alphaBar: Self.alphaBar)
    case "absorbing": try .absorbing(tokens: 4, mask: 3, alphaBar: Self.alphaBar)
    default: try CategoricalProcess(prior: [0.1, 0.2, 0.3, 0.4], alphaBar: Self.alphaBar)
    }
  }

  /// The matrix of one step, by the token before and the one after it.
  ///
  /// As Austin et al. 2021, appendix A.2, write it.
  private func matrix(_ process: CategoricalProcess, step: Int) -> [[Double]] {
    let beta = 1 - process.alphaBar[step] / process.alphaBar[step - 1]
    return (0..<4).map { from in
      (0..<4).map { to in (from == to ? 1 - beta : 0) + beta * process.prior[to] }
    }
  }

  /// The joint probability of `x_0`, `x_s` and `x_t`, by multiplying matrices.
  private func joint(_ process: CategoricalProcess, s: Int, t: Int) -> [[[Double]]] {
    func chain(_ steps: Range<Int>) -> [[Double]] {
      steps.reduce((0..<4).map { row in (0..<4).map { $0 == row ? 1 : 0 } }) { product, step in
        let next = matrix(process, step: step + 1)
        return product.map { row in
          (0..<4).map { to in (0..<4).reduce(0) { $0 + row[$1] * next[$1][to] } }
        }
      }
    }
    let (first, second) = (chain(0..<s), chain(s..<t))
    return (0..<4).map { x0 in
      (0..<4).map { xs in (0..<4).map { xt in data[x0] * first[x0][xs] * second[xs][xt] } }
    }
  }

  private static let eye = Tensor(
    (0..<16).map { $0 % 5 == 0 ? 1.0 : 0 }, shape: [4, 4])

  @Test("marginals are products of the steps' matrices", arguments: kinds)
  func marginals(kind: String) throws {
    let process = try process(kind)
    #expect(process.steps == 5)
    for t in 1...5 {
      let joint = joint(process, s: 0, t: t)
      let found = process.marginal(Self.eye, at: t).values(as: Double.self)
      for x0 in 0..<3 {
        for xt in 0..<4 {
          let expected = joint[x0].reduce(0) { $0 + $1[xt] } / data[x0]
          #expect(abs(found[4 * x0 + xt] - expected) < 1e-15)
        }
      }
    }
    #expect(distance(process.marginal(Self.eye, at: 0), Self.eye) == 0)
  }

  @Test("posteriors are Bayes' rule, for a known token and for what is believed", arguments: kinds)
  func posteriors(kind: String) throws {
    let process = try process(kind)
    for (s, t) in [(0, 1), (1, 2), (1, 4), (0, 5), (3, 5)] {
      let joint = joint(process, s: s, t: t)
      for xt in 0..<4 {
        let now = Tensor([xt])
        let masses = (0..<4).map { x0 in joint[x0].reduce(0) { $0 + $1[xt] } }
        let all = masses.reduce(0, +)
        guard all > 0 else { continue }
        for x0 in 0..<4 where masses[x0] > 0 {
          let known = Self.eye.narrowed(dim: 0, start: x0, length: 1)
          let found = process.posterior(now, x0: known, from: t, to: s).values(as: Double.self)
          for xs in 0..<4 {
            #expect(abs(found[xs] - joint[x0][xs][xt] / masses[x0]) < 1e-14)
          }
        }
        let belief = Tensor(masses.map { $0 / all }, shape: [1, 4])
        let found = process.posterior(now, x0: belief, from: t, to: s).values(as: Double.self)
        for xs in 0..<4 {
          let expected = (0..<4).reduce(0) { $0 + joint[$1][xs][xt] } / all
          #expect(abs(found[xs] - expected) < 1e-14)
        }
      }
    }
  }

  /// With the exact beliefs the chain back is exact, and the process ends at its prior.
  @Test("the variational bound of the exact beliefs is the entropy", arguments: kinds)
  func bound(kind: String) throws {
    let process = try process(kind)
    var bound = 0.0
    for t in 1...5 {
      let joint = joint(process, s: t - 1, t: t)
      for xt in 0..<4 {
        let masses = (0..<4).map { x0 in joint[x0].reduce(0) { $0 + $1[xt] } }
        let all = masses.reduce(0, +)
        guard all > 0 else { continue }
        let belief = Tensor(masses.map { $0 / all }, shape: [1, 4])
        for x0 in 0..<4 where masses[x0] > 0 {
          bound +=
            masses[x0]
            * process.divergence(
              x0: Tensor([x0]), xt: Tensor([xt]), belief: belief, from: t, to: t - 1
            ).item()
        }
      }
    }
    let entropy = data.reduce(0) { $0 - ($1 > 0 ? $1 * log($1) : 0) }
    #expect(abs(bound - entropy) < 1e-13)
  }

  @Test("a belief that is the token itself has no divergence, another has some")
  func divergence() throws {
    let process = try process("uniform")
    let (x0, xt) = (Tensor([0, 1, 2]), Tensor([3, 1, 0]))
    let truth = x0.oneHot(4).converted(to: .float64)
    let exact = process.divergence(x0: x0, xt: xt, belief: truth, from: 3, to: 1)
    #expect(exact.absolute().maximum().item() < 1e-15)
    let vague = 0.7 * truth + 0.075
    let more = process.divergence(x0: x0, xt: xt, belief: vague, from: 3, to: 1)
    #expect(more.minimum().item() > 0.01)
  }

  @Test("absorbed tokens are the mask or themselves, as often as the table says")
  func absorbing() throws {
    let alphaBar = CategoricalProcess.linearAlphaBar(10)
    let process = try CategoricalProcess.absorbing(tokens: 4, mask: 3, alphaBar: alphaBar)
    let x0 = Generator(seed: 1).integers(in: 0..<3, [5000])
    let noisy = process.noised(x0, at: 4, using: Generator(seed: 2)).values(as: Int.self)
    let clean = x0.values(as: Int.self)
    #expect(zip(noisy, clean).allSatisfy { $0 == 3 || $0 == $1 })
    let share = Double(noisy.count { $0 == 3 }) / 5000
    #expect(abs(share - 0.4) < 5 * 0.5 / 5000.0.squareRoot())
    // Betas of 1 / (count - t + 1).
    for t in 1...10 {
      let beta = 1 - process.alphaBar[t] / process.alphaBar[t - 1]
      #expect(abs(beta - 1 / Double(10 - t + 1)) < 1e-14)
    }
  }

  @Test("drawn tokens come as often as their probabilities")
  func draws() throws {
    let process = try process("uniform")
    let probabilities = Tensor([0.1, 0, 0.6, 0.3], shape: [1, 4]).repeated([8000, 1])
    let drawn = process.draw(probabilities, using: Generator(seed: 3)).values(as: Int.self)
    for (token, expected) in [0.1, 0, 0.6, 0.3].enumerated() {
      let share = Double(drawn.count { $0 == token }) / 8000
      #expect(abs(share - expected) <= 5 * (expected * (1 - expected) / 8000).squareRoot())
    }
  }

  @Test("a chain back with exact beliefs draws the data")
  func sampling() throws {
    let process = try process("uniform")
    let generator = Generator(seed: 4)
    let count = 6000
    let prior = Tensor(process.prior, shape: [1, 4]).repeated([count, 1])
    var x = process.draw(prior, using: generator)
    for t in (1...5).reversed() {
      let marginals = process.marginal(Self.eye, at: t)
      // p(x_0 | x_t) for every x_t, a row each.
      let weights = marginals.transposed(0, 1) * Tensor(data)
      let beliefs = weights / weights.sum(dims: [1], keepingDims: true)
      let belief = beliefs.indexSelected(dim: 0, x)
      x = process.draw(
        process.posterior(x, x0: belief, from: t, to: t - 1), using: generator)
    }
    let drawn = x.values(as: Int.self)
    for (token, expected) in data.enumerated() {
      let share = Double(drawn.count { $0 == token }) / Double(count)
      #expect(abs(share - expected) <= 5 * (expected * (1 - expected) / 6000).squareRoot())
    }
  }

  @Test("distributions and tables out of range are refused")
  func errors() {
    #expect(throws: ScheduleError.self) {
      try CategoricalProcess(prior: [0.5, 0.6], alphaBar: [0.5])
    }
    #expect(throws: ScheduleError.self) {
      try CategoricalProcess(prior: [1.5, -0.5], alphaBar: [0.5])
    }
    #expect(throws: ScheduleError.alphaBar(index: 1, value: 0.5)) {
      try CategoricalProcess.uniform(tokens: 2, alphaBar: [0.5, 0.5])
    }
    #expect(throws: ScheduleError.alphaBar(index: 0, value: -0.1)) {
      try CategoricalProcess.uniform(tokens: 2, alphaBar: [-0.1])
    }
    #expect(throws: ScheduleError.self) {
      try CategoricalProcess.absorbing(tokens: 2, mask: 2, alphaBar: [0.5])
    }
    #expect(throws: ScheduleError.self) {
      try CategoricalProcess.uniform(tokens: 0, alphaBar: [0.5])
    }
  }
}
