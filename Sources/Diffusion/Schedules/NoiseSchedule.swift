/// Which noise levels there are, how a sampler goes through them, and what the network is told.
///
/// Tables and levels are `Double` on the host.
public protocol NoiseSchedule: Sendable {
  /// The unit in which the schedule's noisy samples are measured.
  var path: NoisePath { get }

  /// The levels that `steps` steps of a sampler go through.
  ///
  /// - Parameter steps: The number of steps, at least 1.
  /// - Returns: `steps + 1` levels from the noisiest down to one without noise.
  /// - Throws: ``ScheduleError`` if the schedule has no so many steps.
  func levels(_ steps: Int) throws -> [NoiseLevel]

  /// The number that the network is told for a level; only the signal-to-noise ratio counts.
  func timestep(at level: NoiseLevel) -> Double

  /// The level that a timestep stands for: the inverse of ``timestep(at:)``.
  func level(at timestep: Double) -> NoiseLevel
}

/// What is wrong with a schedule or with what was asked of it.
public enum ScheduleError: Error, Sendable, Hashable, CustomStringConvertible {
  /// A number of steps that the schedule cannot take.
  case steps(found: Int, allowed: ClosedRange<Int>)
  /// A table of ᾱ that does not fall from at most 1 to at least 0.
  case alphaBar(index: Int, value: Double)
  /// A number outside its range.
  case parameter(name: String, value: Double, expected: String)

  /// What was expected and what was found.
  public var description: String {
    switch self {
    case .steps(let found, let allowed):
      allowed.upperBound == .max
        ? "steps: expected at least \(allowed.lowerBound), found \(found)"
        : allowed.count == 1
          ? "steps: expected \(allowed.lowerBound), found \(found)"
          : "steps: expected \(allowed.lowerBound) to \(allowed.upperBound), found \(found)"
    case .alphaBar(let index, let value):
      "alphaBar: expected values that fall from at most 1 to at least 0, found \(value) at \(index)"
    case .parameter(let name, let value, let expected):
      "\(name): expected \(expected), found \(value)"
    }
  }
}

/// Throws unless a schedule can take that many steps.
func checkSteps(_ steps: Int, atMost limit: Int = .max) throws(ScheduleError) {
  guard (1...limit).contains(steps) else {
    throw .steps(found: steps, allowed: 1...limit)
  }
}
