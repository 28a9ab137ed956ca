internal import Foundation

/// A schedule over a range of `sigma / alpha` with a choice of spacing, variance-exploding if no
/// other path is given.
///
/// ``KarrasSchedule`` with other spacings; as there, the network is told `ln(sigma / alpha) / 4`.
/// On the variance-preserving path a network that predicts ``PredictionType/v`` is one with
/// ``Preconditioning`` for data of deviation 1, but for the sign of its output.
public struct SigmaSchedule: NoiseSchedule, Hashable {
  /// How the levels lie between the ends.
  public let spacing: SigmaSpacing

  /// The smallest `sigma / alpha` but that of the clean level.
  public let sigmaMin: Double

  /// The largest `sigma / alpha`.
  public let sigmaMax: Double

  /// The unit in which noisy samples are measured.
  public let path: NoisePath

  /// The schedule between two levels.
  ///
  /// - Parameters:
  ///   - spacing: How the levels lie between the ends; a table has its own ends.
  ///   - sigmaMin: The smallest `sigma / alpha` but that of the clean level, above 0.
  ///   - sigmaMax: The largest `sigma / alpha`, above `sigmaMin`.
  ///   - path: The unit in which noisy samples are measured.
  /// - Throws: ``ScheduleError`` if a number is out of its range.
  public init(
    _ spacing: SigmaSpacing, sigmaMin: Double = 0.002, sigmaMax: Double = 80,
    path: NoisePath = .varianceExploding
  ) throws {
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
    self.path = path
  }

  /// `steps` levels from the largest to the smallest, and the clean one.
  public func levels(_ steps: Int) throws -> [NoiseLevel] {
    try checkSteps(steps)
    return try spacing.sigmas(steps, from: sigmaMax, to: sigmaMin).map {
      path.level(NoiseLevel(alpha: 1, sigma: $0))
    } + [.clean]
  }

  /// `ln(sigma / alpha) / 4`.
  public func timestep(at level: NoiseLevel) -> Double { -level.logSNR / 8 }

  /// The level whose `ln(sigma / alpha) / 4` is `timestep`.
  public func level(at timestep: Double) -> NoiseLevel {
    path.level(NoiseLevel(alpha: 1, sigma: exp(4 * timestep)))
  }
}
