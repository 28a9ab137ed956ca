package import Diffusion

internal import Foundation
internal import Torch

/// How far a method for measurements ends from the exact posterior, and whether that is as far as
/// its formulas say.
///
/// One of two unit normal numbers of correlation 0.8 is known: the other has the mean `0.8 y`.
package struct InverseProof: Sendable {
  private let name: String
  private let make: InverseMethods.Make
  private let correlation = 0.8

  /// The proof of a method of the catalogue.
  package init(_ name: String, _ make: @escaping InverseMethods.Make) {
    self.name = name
    self.make = make
  }

  private var topic: (part: ProofLine.Part, subject: String) { (.inverseProblems, name) }

  /// Measures.
  ///
  /// - Returns: The lines.
  /// - Throws: What a run throws.
  package func callAsFunction() throws -> [ProofLine] {
    switch name {
    case "replacement", "ddnm", "ddnm-plus": [try limit()]
    case "repaint": [try resampled()]
    case "dps": [try posteriorSampling()]
    case "pigdm": try kalman()
    default: []
    }
  }

  // MARK: A pair of which one number is known

  private func levels(_ steps: Int) throws -> [NoiseLevel] {
    try KarrasSchedule(sigmaMin: 0.01, sigmaMax: 60, rho: 3).levels(steps)
  }

  /// How the unknown number's mean responds to `y`: all is linear, so equal noise cancels.
  private func response(over levels: [NoiseLevel]) throws -> Double {
    func end(_ y: Double) throws -> Double {
      let mask = MaskOperator(Tensor([1.0, 0], shape: [2, 1]))
      let known = LinearMeasurement(Tensor([y, 0], shape: [1, 2, 1]), by: mask)
      let method = make(NormalPair(correlation: correlation), known)
      let noise = NoiseSource(seeds: [7])
      let x = levels[0].sigma * noise.normal([2, 1], dtype: .float64)
      return try run(method, x, over: levels, noise).selected(dim: 1, index: 1).item()
    }
    return try end(1) - end(0)
  }

  private func run(
    _ method: InverseMethods.Method, _ x: Tensor, over levels: [NoiseLevel], _ noise: NoiseSource
  ) throws -> Tensor {
    func run(_ denoiser: some Denoiser) throws -> Tensor {
      try method.sampler.sample(x, over: levels, denoiser: denoiser, noise: noise)
    }
    return try run(method.denoiser)
  }

  private func bias(_ mean: Double, from exact: Double) -> String {
    String(format: "exact posterior: %.4f, so its bias is %+.4f", exact, mean - exact)
  }

  /// Fine ancestral steps whose known number is right only on average: in `u = 1 + sigma²` the mean
  /// solves `dm/du = (u m - rho y) / (u² - rho²)`.
  private func limit() throws -> ProofLine {
    let limit = (1 - (1 - correlation * correlation).squareRoot()) / correlation
    return ProofLine(
      topic, "mean of the unknown number, 400 steps", measured: try response(over: levels(400)),
      claim: .equal(limit, within: 0.01), note: bias(limit, from: correlation))
  }

  /// The mean of the recursion that the catalogue's ten times each step are.
  private func resampled() throws -> ProofLine {
    let levels = try levels(40)
    let pair = NormalPair(correlation: correlation)
    var (mean, known) = (0.0, 0.0)
    func step(_ t: NoiseLevel, _ s: NoiseLevel) {
      let gain = pair.gain(at: t)[1]
      let (t2, s2) = (t.sigma * t.sigma, s.sigma * s.sigma)
      mean = (s2 / t2 + (t2 - s2) / t2 * gain[1]) * mean + (t2 - s2) / t2 * gain[0] * known
      known = 1
    }
    for (t, s) in zip(levels, levels.dropFirst()) {
      for _ in 0..<(s.sigma > 0 ? 10 : 1) { step(t, s) }
    }
    return ProofLine(
      topic, "mean of the unknown number, 40 steps", measured: try response(over: levels),
      claim: .equal(mean, within: 1e-9), note: bias(mean, from: correlation))
  }

  // MARK: One number that is known with noise

  /// With a step over the misfit, the gradient step of one number is `2 · gain · sign`.
  private func posteriorSampling() throws -> ProofLine {
    let (count, y, gain) = (64, 1.0, { (t: NoiseLevel) in 1 / (1 + t.sigma * t.sigma) })
    let levels = try levels(60)
    let seeds = (0..<count).map { UInt64($0) }
    let method = make(
      NormalData(variance: 1),
      LinearMeasurement(Tensor([y], shape: [1, 1]), by: WholeOperator(), sigma: 0.5))
    let noise = NoiseSource(seeds: seeds)
    let start = levels[0].sigma * noise.normal([1], dtype: .float64)
    let found = try run(method, start, over: levels, noise)
    let drawn = NoiseSource(seeds: seeds)
    var x = levels[0].sigma * drawn.normal([1], dtype: .float64)
    for (t, s) in zip(levels, levels.dropFirst()) {
      let (t2, s2, x0) = (t.sigma * t.sigma, s.sigma * s.sigma, gain(t) * x)
      var moved = (s2 / t2) * x + ((t2 - s2) / t2) * x0
      if s.sigma > 0 {
        moved = moved + ((t2 - s2) * s2 / t2).squareRoot() * drawn.normal([1], dtype: .float64)
      }
      x = moved + (2 * gain(t)) * (y - x0).sign()
    }
    let mean = x.mean().item()
    return ProofLine(
      topic, "mean of \(count) samples, 60 steps", measured: found.mean().item(),
      claim: .equal(mean, within: 1e-9), note: bias(mean, from: y / 1.25))
  }

  /// Kalman's mean and variance; a second number is not measured.
  private func kalman() throws -> [ProofLine] {
    let (y, noise) = (1.7, 0.5)
    let method = make(
      NormalData(variance: 1),
      LinearMeasurement(
        Tensor([y, 0], shape: [1, 2]), by: MaskOperator(Tensor([1.0, 0])), sigma: noise))
    func flow(_ denoiser: some Denoiser) throws -> AffineFlow {
      try AffineFlow(denoiser, elements: 2)
    }
    let flow = try flow(method.denoiser)
    let gain = 1 / (1 + noise * noise)
    return [(y * gain, 1 - gain, "measured"), (0, 1, "other")].enumerated().flatMap {
      index, exact in
      let (mean, variance, which) = exact
      // The noise ends at 80 and not at infinity.
      let factor = (variance / (variance + 6400)).squareRoot()
      return [
        ProofLine(
          topic, "mean of the \(which) number", measured: flow.offset[index],
          claim: .equal(mean * (1 - factor), within: 1e-10)),
        ProofLine(
          topic, "variance of the \(which) number", measured: flow.variance(index),
          claim: .equal(6400 * factor * factor, within: 1e-10)),
      ]
    }
  }
}
