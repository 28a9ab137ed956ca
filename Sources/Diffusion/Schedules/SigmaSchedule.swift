internal import Foundation

/// A variance-exploding schedule with a choice of spacing: `alpha = 1`.
///
/// ``KarrasSchedule`` with other spacings; as there, the network is told `ln(sigma) / 4`.
public struct SigmaSchedule: NoiseSchedule, Hashable {
  /// How the levels lie between the ends.
  public let spacing: SigmaSpacing

  /// The smallest level but the clean one.
  public let sigmaMin: Double

  /// The largest level.
  public let sigmaMax: Double

  /// The clean sample keeps its factor 1.
  public var path: NoisePath { .varianceExploding }

  /// The schedule between two levels.
  ///
  /// - Parameters:
  ///   - spacing: How the levels lie between the ends; a table has its own ends.
  ///   - sigmaMin: The smallest level but the clean one, above 0.
  ///   - sigmaMax: The largest level, above `sigmaMin`.
  /// - Throws: ``ScheduleError`` if a number is out of its range.
  public init(_ spacing: SigmaSpacing, sigmaMin: Double = 0.002, sigmaMax: Double = 80) throws {
    guard sigmaMin > 0, sigmaMin.isFinite else {
      throw ScheduleError.parameter(name: "sigmaMin", value: sigmaMin, expected: "above 0")
    }
    guard sigmaMax > sigmaMin, sigmaMax.isFinite else {
      throw ScheduleError.parameter(name: "sigmaMax", value: sigmaMax, expected: "above sigmaMin")
    }
    _ = try spacing.sigmas(1, from: sigmaMax, to: sigmaMin)
    self.spacing = spacing
    self.sigmaMin = sigmaMin
    self.sigmaMax = sigmaMax
  }

  /// `steps` levels from the largest to the smallest, and the clean one.
  public func levels(_ steps: Int) throws -> [NoiseLevel] {
    try checkSteps(steps)
    return try spacing.sigmas(steps, from: sigmaMax, to: sigmaMin).map {
      NoiseLevel(alpha: 1, sigma: $0)
    } + [.clean]
  }

  /// `ln(sigma) / 4`.
  public func timestep(at level: NoiseLevel) -> Double { -level.logSNR / 8 }

  /// The level whose `ln(sigma) / 4` is `timestep`.
  public func level(at timestep: Double) -> NoiseLevel {
    NoiseLevel(alpha: 1, sigma: exp(4 * timestep))
  }
}
