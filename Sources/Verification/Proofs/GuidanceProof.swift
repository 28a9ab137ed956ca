package import Diffusion

internal import Foundation
internal import Torch

/// What is measured of a guidance rule: its closed form between normal distributions, or what it
/// keeps of any two estimates.
package struct GuidanceProof: Sendable {
  private let name: String
  private let make: Guidances.Make
  private let conditional = NormalData(mean: 1, variance: 0.25)
  private let unconditional = NormalData(variance: 1)
  private let level = NoiseLevel(alpha: 0.6, sigma: 0.8)

  /// The proof of a rule of the catalogue.
  package init(_ name: String, _ make: @escaping Guidances.Make) {
    self.name = name
    self.make = make
  }

  private var topic: (part: ProofLine.Part, subject: String) { (.guidance, name) }

  /// Measures.
  ///
  /// - Returns: The lines.
  /// - Throws: What a run throws.
  package func callAsFunction() throws -> [ProofLine] {
    try offLine() + closedForm()
  }

  /// The number by which a rule is off, and the estimate that is left then.
  private func offLine() throws -> [ProofLine] {
    let isPlusPlus = name == "cfg-plus-plus"
    let levels = try FlowSchedule().levels(8)
    let guided = Guided(
      conditional: conditional, unconditional: unconditional,
      by: make(isPlusPlus ? 0 : 1, levels))
    let x = NoiseSource(seeds: [1, 2]).normal([3], dtype: .float64)
    let left = isPlusPlus ? unconditional : conditional
    return [
      ProofLine(
        topic, "distance from the \(isPlusPlus ? "un" : "")conditional estimate when off",
        measured: distance(try guided(x, at: level), left(x, at: level)),
        claim: .atMost(0, within: 1e-14))
    ]
  }

  private func closedForm() throws -> [ProofLine] {
    switch name {
    case "cfg": try linear()
    case "cfg-rescaled": [rescaled()]
    case "cfg-interval": [try interval()]
    case "cfg-plus-plus": [try plusPlus()]
    case "cfg-zero-star": zeroStar()
    case "apg": [projected()]
    case "apg-mix": mixed()
    case "fdg": frequencies()
    case "tcfg": [tangential()]
    case "mambo-g": [magnitude()]
    default: []
    }
  }

  // MARK: Flows between normal distributions

  /// The variance of the guided flow is `Π ((s² + sigma²) / (s² + 80²))^weight`; the mean is an
  /// integral.
  private func linear() throws -> [ProofLine] {
    let means = [
      (1.0, 0.993750122067), (1.5, 1.231821760270), (2, 1.373922998156), (3, 1.495312408455),
      (5, 1.498046760562), (7.5, 1.438909379566),
    ]
    return try means.flatMap { scale, mean in
      let flow = try AffineFlow(
        Guided(conditional: conditional, unconditional: unconditional, by: make(scale, [])))
      return [
        ProofLine(
          topic, "mean of the guided flow, scale \(scale)", measured: flow.offset[0],
          claim: .equal(mean, within: 1e-10)),
        ProofLine(
          topic, "variance of the guided flow, scale \(scale)", measured: flow.variance(),
          claim: .equal(6400 * part(scale, from: 80, to: 0), share: 1e-10)),
      ]
    }
  }

  /// The interval of the catalogue's rule is the middle half of the levels.
  private func interval() throws -> ProofLine {
    let levels = [80, 3, 1, 0.3, 0.1].map { NoiseLevel(alpha: 1, sigma: $0) }
    let flow = try AffineFlow(
      Guided(conditional: conditional, unconditional: unconditional, by: make(3, levels)),
      breaks: [3, 0.3])
    let exact =
      6400 * part(1, from: 80, to: 3) * part(3, from: 3, to: 0.3) * part(1, from: 0.3, to: 0)
    return ProofLine(
      topic, "variance of the guided flow, scale 3", measured: flow.variance(),
      claim: .equal(exact, share: 1e-10))
  }

  /// What the flow multiplies a variance by between two levels.
  private func part(_ scale: Double, from a: Double, to b: Double) -> Double {
    pow((0.25 + b * b) / (0.25 + a * a), scale) * pow((1 + b * b) / (1 + a * a), 1 - scale)
  }

  /// DDIM goes to the guided estimate with the unconditional noise: a recursion of numbers.
  private func plusPlus() throws -> ProofLine {
    let levels = try FlowCase.example.levels(20)
    let guided = Guided(
      conditional: conditional, unconditional: unconditional, by: make(0.6, levels))
    let measured = try DDIM().sample(
      Tensor([30.0]), over: levels, denoiser: guided, noise: NoiseSource(seeds: [1])
    ).item()
    var x = 30.0
    for (t, s) in zip(levels, levels.dropFirst()) {
      let (t2, s1) = (t.sigma * t.sigma, s.sigma)
      let cond = 1 + 0.25 / (0.25 + t2) * (x - 1)
      let uncond = x / (1 + t2)
      x = uncond + 0.6 * (cond - uncond) + s1 * (x - uncond) / t.sigma
    }
    return ProofLine(
      topic, "a sample after 19 steps of DDIM, scale 0.6", measured: measured,
      claim: .equal(x, within: 1e-11))
  }

  // MARK: What a rule keeps of any two estimates

  private var cond: Tensor { NoiseSource(seeds: [1, 2]).normal([3, 4], dtype: .float64) }
  private var uncond: Tensor { NoiseSource(seeds: [3, 4]).normal([3, 4], dtype: .float64) }

  private func combined(_ cond: Tensor, _ uncond: Tensor, scale: Double) -> Tensor {
    make(scale, []).combine(cond: cond, uncond: uncond, at: level)
  }

  private func rescaled() -> ProofLine {
    func deviation(_ x: Tensor) -> Tensor { x.variance(dims: [1, 2]).squareRoot() }
    let linear = uncond + 7 * (cond - uncond)
    let expected = 0.7 * deviation(cond) + 0.3 * deviation(linear)
    let found = deviation(combined(cond, uncond, scale: 7))
    return ProofLine(
      topic, "distance from the deviation 0.7 · conditional + 0.3 · guided, scale 7",
      measured: distance(found, expected), claim: .atMost(0, within: 1e-13))
  }

  /// At scale 0 only the best multiple of the unconditional velocity is left.
  private func zeroStar() -> [ProofLine] {
    let (once, other) = (
      combined(cond, uncond, scale: 4), combined(cond, -3 * uncond, scale: 4)
    )
    let left = cond - combined(cond, uncond, scale: 0)
    return [
      ProofLine(
        topic, "change by another length of the unconditional velocity, scale 4",
        measured: distance(once, other), claim: .atMost(0, within: 1e-7)),
      ProofLine(
        topic, "what is left out along the unconditional velocity, scale 0",
        measured: (left * uncond).sum(dims: [1, 2]).absolute().maximum().item(),
        claim: .atMost(0, within: 1e-7)),
    ]
  }

  private func projected() -> ProofLine {
    let change = combined(cond, uncond, scale: 6) - cond
    let along = (change * cond).sum(dims: [1, 2])
    return ProofLine(
      topic, "what is added along the conditional estimate, scale 6",
      measured: along.absolute().maximum().item(), claim: .atMost(0, within: 1e-11))
  }

  /// Ordinary at the first level; at the next, projected with the momentum of the first.
  private func mixed() -> [ProofLine] {
    let levels = [8, 4, 2, 1, 0.5].map { NoiseLevel(alpha: 1, sigma: $0) }
    let (cond, uncond, rule) = (cond, uncond, make(3, levels))
    let ordinary = rule.combine(cond: cond, uncond: uncond, at: levels[0])
    let projected = rule.combine(cond: cond, uncond: uncond, at: levels[1])
    let half = 0.5 * (cond - uncond)
    let along =
      (half * cond).sum(dims: [1, 2], keepingDims: true)
      / (cond * cond).sum(dims: [1, 2], keepingDims: true) * cond
    return [
      ProofLine(
        topic, "distance from ordinary guidance at the first level, scale 3",
        measured: distance(ordinary, uncond + 3 * (cond - uncond)),
        claim: .atMost(0, within: 1e-13)),
      ProofLine(
        topic, "distance from projected guidance of half the difference at the second",
        measured: distance(projected, cond + 2 * (half - along)),
        claim: .atMost(0, within: 1e-13)),
    ]
  }

  /// Constant pictures have the lowest frequency alone, whose scale is half as strong.
  private func frequencies() -> [ProofLine] {
    let cond = NoiseSource(seeds: [1, 2]).normal([3, 8, 8], dtype: .float64)
    let constant = Tensor.ones([2, 3, 8, 8], dtype: .float64)
    let guided = combined(cond + constant, cond, scale: 5)
    let plain = NoiseSource(seeds: [3, 4]).normal([3, 8, 8], dtype: .float64)
    let bands = LaplacianPyramid(plain, levels: 3)
    let low = LaplacianPyramid(bands: [bands.bands[0]]).sum
    let difference = LaplacianPyramid(bands: [2 * bands.bands[0]] + bands.bands.dropFirst()).sum
    return [
      ProofLine(
        topic, "distance of a constant difference from 3 times it, scale 5",
        measured: distance(guided, cond + 3 * constant), claim: .atMost(0, within: 1e-13)),
      ProofLine(
        topic, "distance of the sum of all bands from the picture",
        measured: distance(bands.sum, plain), claim: .atMost(0, within: 1e-13)),
      ProofLine(
        topic, "distance of a doubled band from the picture and that band",
        measured: distance(difference, plain + low), claim: .atMost(0, within: 1e-13)),
    ]
  }

  /// At scale 0 only the projected unconditional estimate is left.
  private func tangential() -> ProofLine {
    let kept = combined(cond, uncond, scale: 0)
    let along = (kept * (uncond - kept)).sum(dims: [1, 2])
    return ProofLine(
      topic, "what is kept along what is left out, scale 0",
      measured: along.absolute().maximum().item(), claim: .atMost(0, within: 1e-11))
  }

  private func magnitude() -> ProofLine {
    func norm(_ x: Tensor) -> Tensor {
      (x * x).sum(dims: [1, 2], keepingDims: true).squareRoot()
    }
    let share = (-8 * (norm(cond - uncond) / norm(uncond))).exponential()
    let expected = uncond + (1 + 4 * share) * (cond - uncond)
    return ProofLine(
      topic, "distance from its formula, scale 5",
      measured: distance(combined(cond, uncond, scale: 5), expected),
      claim: .atMost(0, within: 1e-13))
  }
}

/// The largest distance between two tensors' elements.
func distance(_ a: Tensor, _ b: Tensor) -> Double { (a - b).absolute().maximum().item() }
