internal import Foundation

/// A variance-preserving chain of whole timesteps, given by a table of ᾱ: DDPM's schedule.
///
/// Timestep `i` has `alpha = sqrt(alphaBar[i])` and `sigma = sqrt(1 - alphaBar[i])`. Timesteps
/// between two whole ones stand for levels between theirs, in proportion of `log(sigma / alpha)`.
public struct DiscreteSchedule: NoiseSchedule, Hashable {
  /// The running products of `1 - beta`, falling.
  public let alphaBar: [Double]

  /// Which timesteps a sampler visits.
  public let spacing: TimestepSpacing

  private let logSigmas: [Double]

  /// Every noisy sample has the variance of clean ones of variance 1.
  public var path: NoisePath { .variancePreserving }

  /// The schedule of a table.
  ///
  /// - Parameters:
  ///   - alphaBar: The running products of `1 - beta`, each smaller than the one before it.
  ///   - spacing: Which timesteps a sampler visits.
  /// - Throws: ``ScheduleError`` if the table does not fall from below 1 to at least 0.
  public init(alphaBar: [Double], spacing: TimestepSpacing = .trailing) throws {
    var last = 1.0
    for (index, value) in alphaBar.enumerated() {
      guard value < last, value >= 0 else {
        throw ScheduleError.alphaBar(index: index, value: value)
      }
      last = value
    }
    guard !alphaBar.isEmpty else {
      throw ScheduleError.parameter(name: "alphaBar", value: 0, expected: "at least one timestep")
    }
    self.init(trusting: alphaBar, spacing: spacing)
  }

  /// The schedule of a chain of `count` steps.
  ///
  /// - Parameters:
  ///   - betas: How the variances grow.
  ///   - count: The number of timesteps.
  ///   - spacing: Which timesteps a sampler visits.
  /// - Throws: ``ScheduleError`` if a variance is not between 0 and 1.
  public init(_ betas: Betas, count: Int = 1000, spacing: TimestepSpacing = .trailing) throws {
    try self.init(alphaBar: betas.alphaBar(count), spacing: spacing)
  }

  /// The table of a continuous process at the ends of `count` equal parts of its time.
  ///
  /// Only the signal-to-noise ratios are the process's: the chain is variance-preserving.
  ///
  /// - Parameters:
  ///   - process: The process; its noise must grow.
  ///   - count: The number of timesteps.
  ///   - spacing: Which timesteps a sampler visits.
  /// - Throws: ``ScheduleError`` if two neighbours have the same noise.
  public init(
    _ process: some NoiseProcess, count: Int = 1000, spacing: TimestepSpacing = .trailing
  ) throws {
    let times = linspace(process.times.lowerBound, process.times.upperBound, max(count, 0) + 1)
    try self.init(
      alphaBar: times.dropFirst().map { time in
        let alpha = NoisePath.variancePreserving.level(process.level(time: time)).alpha
        return alpha * alpha
      }, spacing: spacing)
  }

  private init(trusting alphaBar: [Double], spacing: TimestepSpacing) {
    self.alphaBar = alphaBar
    self.spacing = spacing
    logSigmas = alphaBar.map { -Self.level($0).logSNR / 2 }
  }

  private static func level(_ alphaBar: Double) -> NoiseLevel {
    NoiseLevel(alpha: alphaBar.squareRoot(), sigma: (1 - alphaBar).squareRoot())
  }
}

extension DiscreteSchedule {
  /// The levels of the timesteps that ``spacing`` names, and the clean one.
  public func levels(_ steps: Int) throws -> [NoiseLevel] {
    switch spacing {
    case .sigmas(let spacing):
      try checkSteps(steps)
      return try levels(steps, spaced: spacing)
    case .custom(let timesteps):
      guard steps == timesteps.count else {
        throw ScheduleError.steps(found: steps, allowed: timesteps.count...timesteps.count)
      }
      for (index, (t, s)) in zip(timesteps, timesteps.dropFirst()).enumerated() where !(s < t) {
        throw ScheduleError.parameter(
          name: "timestep \(index + 1)", value: s, expected: "below \(t)")
      }
    case .consistency(let original):
      guard (1...alphaBar.count).contains(original) else {
        throw ScheduleError.parameter(
          name: "original timesteps", value: Double(original), expected: "1 to \(alphaBar.count)")
      }
      try checkSteps(steps, atMost: original)
    case .beta(let alpha, let beta):
      try BetaDistribution.check(alpha, beta)
      try checkSteps(steps, atMost: alphaBar.count)
    default:
      try checkSteps(steps, atMost: alphaBar.count)
    }
    return levels(timesteps: spacing.timesteps(steps, of: alphaBar.count))
  }

  private func levels(_ steps: Int, spaced spacing: SigmaSpacing) throws -> [NoiseLevel] {
    let range = (level(at: .infinity).karrasSigma, level(at: 0).karrasSigma)
    guard range.0.isFinite else {
      throw ScheduleError.parameter(
        name: "sigma / alpha of the last timestep", value: range.0, expected: "a finite number")
    }
    return try spacing.sigmas(steps, from: range.0, to: range.1).map {
      path.level(NoiseLevel(alpha: 1, sigma: $0))
    } + [.clean]
  }

  /// The levels of given timesteps, noisiest first, and the clean one.
  public func levels(timesteps: [Double]) -> [NoiseLevel] {
    timesteps.map { level(at: $0) } + [.clean]
  }

  /// The timestep of a level, interpolated between whole ones and held at the ends.
  public func timestep(at level: NoiseLevel) -> Double {
    let logSigma = -level.logSNR / 2
    let last = logSigmas.count - 1
    guard logSigma > logSigmas[0] else { return 0 }
    guard logSigma < logSigmas[last] else { return Double(last) }
    var (low, high) = (0, last)
    while high - low > 1 {
      let middle = (low + high) / 2
      if logSigmas[middle] <= logSigma { low = middle } else { high = middle }
    }
    return Double(low) + (logSigma - logSigmas[low]) / (logSigmas[high] - logSigmas[low])
  }

  /// The level of a timestep, interpolated between whole ones and held at the ends.
  public func level(at timestep: Double) -> NoiseLevel {
    let held = min(max(timestep, 0), Double(alphaBar.count - 1))
    let low = Int(held.rounded(.down))
    let part = held - Double(low)
    guard part > 0 else { return Self.level(alphaBar[low]) }
    let logSigma = (1 - part) * logSigmas[low] + part * logSigmas[low + 1]
    return Self.level(1 / (1 + exp(2 * logSigma)))
  }

  /// The schedule with a signal-to-noise ratio that is divided by a number at every timestep.
  ///
  /// `alphaBar / (factor + (1 - factor) · alphaBar)`: diffusers' `snr_shift_scale` of CogVideoX,
  /// 3 by default. A flow's shift divides the ratio by its square.
  ///
  /// - Parameter factor: Above 1 for more noise; above 0.
  /// - Returns: The schedule.
  /// - Throws: ``ScheduleError`` if the factor is not a positive number.
  public func dividingSNR(by factor: Double) throws -> DiscreteSchedule {
    guard factor > 0, factor.isFinite else {
      throw ScheduleError.parameter(name: "factor", value: factor, expected: "above 0")
    }
    return DiscreteSchedule(
      trusting: alphaBar.map { $0 / (factor + (1 - factor) * $0) }, spacing: spacing)
  }

  /// The schedule whose last timestep holds no signal at all.
  ///
  /// Lin et al. 2024, algorithm 1, https://arxiv.org/abs/2305.08891: `sqrt(alphaBar)` is shifted
  /// and scaled so that its first value stays and its last is 0. Networks that predict epsilon
  /// cannot start from there.
  public func withZeroTerminalSNR() -> DiscreteSchedule {
    let roots = alphaBar.map { $0.squareRoot() }
    let (first, last) = (roots[0], roots[roots.count - 1])
    let scaled = roots.map { ($0 - last) * first / (first - last) }
    return DiscreteSchedule(trusting: scaled.map { $0 * $0 }, spacing: spacing)
  }
}
