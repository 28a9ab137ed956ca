public import Diffusion

internal import Foundation
internal import Torch

/// What is measured of a sampler on cases whose answers are known.
///
/// A deterministic sampler follows the probability flow of a mixture, which keeps quantiles. The
/// variance of a run over normal data is followed exactly, through every independent piece of
/// noise, so nothing of it is left to chance; only the mixture's variance with noise is that of
/// many samples.
public struct SamplerProof: Sendable {
  /// The numbers of evaluations at which errors are told.
  public static let limits = [10, 20, 50, 100]

  let name: String
  let sampler: any Sampler
  let flow: FlowCase
  private let refinements: Int
  private let pin: SamplerPin?
  let data = NormalData(variance: 0.25)

  /// The proof of a sampler.
  ///
  /// - Parameters:
  ///   - name: What the lines call it.
  ///   - sampler: The sampler.
  ///   - mixture: The mixture whose flow deterministic samplers follow.
  public init(_ name: String, _ sampler: any Sampler, on mixture: NormalMixture = .example) {
    self.init(name, sampler, flow: FlowCase(of: mixture))
  }

  /// The proof of a sampler on a flow.
  ///
  /// - Parameters:
  ///   - name: What the lines call it.
  ///   - sampler: The sampler.
  ///   - flow: The flow that deterministic samplers follow.
  ///   - refinements: How often steps are halved to find an order, at least once; by default twice
  ///     with noise, and four times without it.
  ///   - pin: What was measured of the sampler on the example before, if it was.
  package init(
    _ name: String, _ sampler: any Sampler, flow: FlowCase, refinements: Int? = nil,
    pin: SamplerPin? = nil
  ) {
    self.pin = flow == .example ? pin : nil
    self.name = name
    self.sampler = sampler
    self.flow = flow
    self.refinements = refinements ?? (sampler.isStochastic ? 2 : 4)
  }

  /// Measures.
  ///
  /// - Returns: The lines, and the errors by evaluations.
  /// - Throws: What a run throws.
  public func callAsFunction() throws -> (lines: [ProofLine], curve: ErrorCurve?) {
    guard sampler.target == .mean else { return try answered() }
    let curve = try curve()
    let order: [ProofLine] = sampler.order > 0 ? [try orderLine()] : []
    let variances = [try varianceLine()] + (try mixtureLine().map { [$0] } ?? [])
    return (order + errorLines(curve) + [try shortLine()] + variances, curve)
  }

  var topic: (part: ProofLine.Part, subject: String) { (.samplers, name) }

  // MARK: The order

  /// The order between a run and one of twice the steps; with twice as many again, and again, where
  /// steps are still too long to show it.
  package func orderLine() throws -> ProofLine {
    // Whole groups of the samplers whose steps are two or three levels long.
    let steps = sampler.isStochastic ? 150 : 120
    let (property, tolerance, rounding) =
      sampler.isStochastic
      ? ("order in the variance", 0.25, 1e-7) : ("order on the mixture's flow", 0.35, 1e-11)
    let claim = Claim.atLeast(Double(sampler.order), within: pin?.slack ?? tolerance)
    var (count, measured) = (steps, -Double.infinity)
    var last = try error(steps: count)
    for _ in 0..<refinements where !claim.allows(measured) && last > rounding {
      let fine = try error(steps: 2 * count)
      measured = log2(last / fine)
      (count, last) = (2 * count, fine)
    }
    guard claim.allows(measured) || !(last <= rounding) else {
      // Terms of opposite sign cancel, or all that is left is rounding.
      return ProofLine(
        topic, "error after \(count) steps, too small for an order", measured: last,
        claim: .atMost(rounding))
    }
    return ProofLine(
      topic, property, measured: measured, claim: claim,
      note: "from \(count / 2) to \(count) steps")
  }

  /// The error that the order is of.
  private func error(steps: Int) throws -> Double {
    guard sampler.isStochastic else { return try flow.error(of: sampler, levels: steps + 1) }
    return try varianceError(over: example.levels(steps + 1))
  }

  // MARK: Errors by evaluations

  /// Variances are measured between the example's levels.
  var example: FlowCase { .example }

  private func curve() throws -> ErrorCurve {
    let flow = sampler.isStochastic ? example : flow
    let points = try Self.limits.compactMap { limit -> ErrorCurve.Point? in
      guard let (count, evaluations) = try flow.levels(of: sampler, evaluations: limit) else {
        return nil
      }
      let error =
        try sampler.isStochastic
        ? varianceError(over: flow.levels(count)) : flow.error(of: sampler, levels: count)
      return ErrorCurve.Point(
        limit: limit, evaluations: evaluations, error: error.isFinite ? error : nil)
    }
    return ErrorCurve(
      sampler: name, kind: sampler.isStochastic ? .variance : .samples, order: sampler.order,
      points: points)
  }

  func errorLines(_ curve: ErrorCurve) -> [ProofLine] {
    let what = curve.kind == .samples ? "error" : "error of the variance"
    let first = curve.points.first { $0.limit == Self.limits[0] }?.error
    return curve.points.map { point in
      // Steps that long follow no law: a known sampler's error is what it was, another's must be
      // less with a hundred than with ten.
      var claim = pin?.claim(at: point.limit)
      if claim == nil, point.limit == Self.limits.last, let first, curve.order > 0 {
        claim = .atMost(first)
      }
      return ProofLine(
        topic, "\(what) at \(point.limit) evaluations", measured: point.error ?? .nan,
        claim: claim, note: point.evaluations == point.limit ? nil : "with \(point.evaluations)")
    }
  }

  /// The error of four steps in the middle of a flow: after many, what the first ones do is lost.
  private func shortLine() throws -> ProofLine {
    let short = FlowCase.short
    let error =
      try sampler.isStochastic
      ? varianceError(over: short.levels(5)) : short.error(of: sampler, levels: 5)
    return ProofLine(
      topic, "\(sampler.isStochastic ? "error of the variance" : "error") of four steps",
      measured: error, claim: pin?.shortClaim, note: "from sigma 1 to 0.25")
  }

  // MARK: Variances

  private func varianceError(over levels: [NoiseLevel]) throws -> Double {
    let run = try LinearRun(
      sampler, over: levels, from: data.noisyVariance(at: levels[0]), denoiser: data)
    let exact = data.noisyVariance(at: levels[levels.count - 1])
    return abs(run.variance - exact) / exact
  }

  /// The variance of normal data after 300 steps.
  private func varianceLine() throws -> ProofLine {
    let steps = 300
    let levels = try example.levels(steps + 1)
    let run = try LinearRun(
      sampler, over: levels, from: data.noisyVariance(at: levels[0]), denoiser: data)
    let exact = data.noisyVariance(at: levels[steps])
    let isFine = sampler.order > 1 && !sampler.isStochastic
    return ProofLine(
      topic, "variance of normal data, \(steps) steps", measured: run.variance,
      claim: .equal(exact, share: pin?.variance ?? (isFine ? 0.01 : 0.05)))
  }

  /// The variance of the mixture: by quantiles without noise, by many samples with it.
  private func mixtureLine() throws -> ProofLine? {
    let levels = try flow.levels(sampler.isStochastic ? 201 : 121)
    let exact = flow.mixture.variance + flow.last.sigma * flow.last.sigma
    guard sampler.isStochastic else {
      guard !(sampler is DPMAdaptive) else { return nil }
      let shares = (0..<200).map { (Double($0) + 0.5) / 200 }
      let starts = shares.map { flow.mixture.quantile($0, at: flow.first) }
      let ends = shares.map { flow.mixture.quantile($0, at: flow.last) }
      let found = try sample(starts, over: levels)
      return ProofLine(
        topic, "variance of the mixture's quantiles, 120 steps", measured: Self.variance(found),
        claim: .equal(
          Self.variance(ends), share: pin?.mixture ?? (sampler.order > 1 ? 0.02 : 0.05)))
    }
    let count = 5000
    let noise = NoiseSource(seeds: [1])
    let x = flow.mixture.standardDeviation(at: flow.first) * noise.normal([count], dtype: .float64)
    let mean = flow.mixture.mean
    let found = try sampler.sample(x + mean, over: levels, denoiser: flow.mixture, noise: noise)
    // Five standard errors, and the error of the steps.
    return ProofLine(
      topic, "variance of the mixture, \(count) samples, 200 steps",
      measured: found.variance().item(), claim: .equal(exact, share: pin?.mixture ?? 0.12))
  }

  private func sample(_ starts: [Double], over levels: [NoiseLevel]) throws -> [Double] {
    // One sample of many numbers, each of which has its own flow.
    try sampler.sample(
      Tensor(starts, shape: [1, starts.count]), over: levels, denoiser: flow.mixture,
      noise: NoiseSource(seeds: [0])
    ).values(as: Double.self)
  }

  private static func variance(_ values: [Double]) -> Double {
    let mean = values.reduce(0, +) / Double(values.count)
    return values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
  }
}

extension NormalMixture {
  /// The standard deviation of noisy samples.
  func standardDeviation(at level: NoiseLevel) -> Double {
    (level.alpha * level.alpha * variance + level.sigma * level.sigma).squareRoot()
  }
}
