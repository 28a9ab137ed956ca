public import Torch

internal import Foundation

/// DPM-Solver-fast: third-order steps that are two or three levels long, one evaluation a level.
///
/// Lu et al. 2022, https://arxiv.org/abs/2206.00927. The levels of a run are taken in groups. Every
/// group starts anew from its first level; the levels inside it are the inner evaluations of a
/// single step of DPM-Solver-2 or -3, and the samples there are of a lower order. Over
/// ``levels(evaluations:from:to:)`` and with the groups of ``init(evaluations:)`` it is
/// k-diffusion's `sample_dpm_fast`; over any levels it is diffusers'
/// `DPMSolverSinglestepScheduler`, by the exact rule with `solver_type="heun"`, and by the
/// published one with `"midpoint"` for groups of two. A step from pure noise or to a clean level is
/// of first order and ends its group.
public struct DPMFast: Sampler {
  /// How the integral over a group is taken.
  public enum Rule: String, Sendable, Hashable, Codable, CaseIterable {
    /// DPM-Solver's, which counts on inner levels that are equidistant in `lambda`: with two values
    /// the midpoint rule, with three the line through the first and the last.
    case published
    /// The exact integral of the polynomial through all values, whatever the levels.
    case exact
  }

  /// The number of levels in a group, 2 or 3.
  public let order: Int

  /// What is integrated.
  public let prediction: IntegratedPrediction

  /// How it is integrated.
  public let rule: Rule

  private var sizes: [Int]
  private var start: (level: NoiseLevel, x: Tensor)?
  private var seen = History()

  /// The flow is deterministic.
  public var isStochastic: Bool { false }

  /// The sampler with groups of one size.
  ///
  /// - Parameters:
  ///   - order: The number of levels in a group, 2 or 3.
  ///   - prediction: What is integrated.
  ///   - rule: How it is integrated.
  public init(
    order: Int = 3, prediction: IntegratedPrediction = .epsilon, rule: Rule = .exact
  ) {
    precondition((2...3).contains(order), "order \(order): expected 2 or 3")
    self.order = order
    self.prediction = prediction
    self.rule = rule
    sizes = []
  }

  /// The sampler for a number of evaluations, at least 3, over the levels that
  /// ``levels(evaluations:from:to:)`` gives for it, by the published rule.
  public init(evaluations: Int) {
    self.init(rule: .published)
    sizes = Self.sizes(evaluations)
  }

  /// The levels that `evaluations` steps go through: those inside the groups are equidistant in
  /// `lambda`, and all groups are equally long.
  ///
  /// - Parameters:
  ///   - evaluations: The number of steps, at least 3.
  ///   - t: The noisiest level, with `alpha > 0`.
  ///   - s: The cleanest one, with `sigma > 0`.
  /// - Returns: `evaluations + 1` levels from `t` to `s`.
  public static func levels(
    evaluations: Int, from t: NoiseLevel, to s: NoiseLevel
  ) -> [NoiseLevel] {
    let sizes = sizes(evaluations)
    let groups = sizes.enumerated().flatMap { group, size in
      (0..<size).map { (Double(group) + Double($0) / Double(size)) / Double(sizes.count) }
    }
    return groups.map { t.towards(s, part: $0) } + [s]
  }

  /// Groups of three, and of less at the end: k-diffusion's `dpm_solver_fast`.
  private static func sizes(_ evaluations: Int) -> [Int] {
    precondition(evaluations > 2, "\(evaluations) evaluations: expected at least 3")
    let threes = [Int](repeating: 3, count: evaluations / 3)
    let rest = evaluations % 3
    return rest == 0 ? threes.dropLast() + [2, 1] : threes + [rest]
  }

  /// Integrates what the group has seen from its start to `s`.
  public mutating func step(
    _ x: Tensor, from t: NoiseLevel, to s: NoiseLevel, denoiser: some Denoiser,
    noise: NoiseSource
  ) throws -> Tensor {
    let x0 = try denoiser(x, at: t)
    guard s.sigma > 0, t.alpha > 0 else {
      start = nil
      return t.moved(x, to: s, x0: x0)
    }
    let size = sizes.first ?? order
    let begin = start ?? (t, x)
    if start == nil { seen = History() }
    seen.add(prediction.value(x0, of: x, at: t), at: t, keeping: 3)
    let isLast = seen.count == size
    start = isLast ? nil : begin
    if isLast { sizes = Array(sizes.dropFirst()) }
    return integral(from: begin, to: s, size: size)
  }

  private func integral(
    from begin: (level: NoiseLevel, x: Tensor), to s: NoiseLevel, size: Int
  ) -> Tensor {
    let step = ExponentialStep(prediction: prediction, t: begin.level, s: s)
    let values = Array(seen.values.reversed())
    let nodes = seen.entries.reversed().map { step.position(of: $0.level) }
    switch (rule, values.count, size) {
    case (.published, 2, 2):
      return step(begin.x, through: values, at: nodes, moments: step.midpointMoments)
    case (.published, 3, _):
      return step(
        begin.x, through: [values[0], values[2]], at: [nodes[0], nodes[2]],
        moments: step.exactMoments(2))
    default:
      return step(
        begin.x, through: values, at: nodes, moments: step.exactMoments(values.count))
    }
  }
}
