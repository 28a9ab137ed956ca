internal import Foundation

/// Karras' variance-exploding schedule: `alpha = 1`, and `sigma` equidistant in `sigma^(1 / rho)`.
///
/// Karras et al. 2022, equation 5 and table 1, https://arxiv.org/abs/2206.00364. The network is
/// told `ln(sigma) / 4`.
public struct KarrasSchedule: NoiseSchedule, Hashable, Codable {
  /// The smallest level but the clean one.
  public let sigmaMin: Double

  /// The largest level.
  public let sigmaMax: Double

  /// How much denser the levels are at the clean end; 1 is uniform.
  public let rho: Double

  /// The clean sample keeps its factor 1.
  public var path: NoisePath { .varianceExploding }

  /// The schedule between two levels.
  ///
  /// - Parameters:
  ///   - sigmaMin: The smallest level but the clean one, above 0.
  ///   - sigmaMax: The largest level, above `sigmaMin`.
  ///   - rho: How much denser the levels are at the clean end, above 0.
  /// - Throws: ``ScheduleError`` if a number is out of its range.
  public init(sigmaMin: Double = 0.002, sigmaMax: Double = 80, rho: Double = 7) throws {
    guard sigmaMin > 0, sigmaMin.isFinite else {
      throw ScheduleError.parameter(name: "sigmaMin", value: sigmaMin, expected: "above 0")
    }
    guard sigmaMax > sigmaMin, sigmaMax.isFinite else {
      throw ScheduleError.parameter(name: "sigmaMax", value: sigmaMax, expected: "above sigmaMin")
    }
    guard rho > 0, rho.isFinite else {
      throw ScheduleError.parameter(name: "rho", value: rho, expected: "above 0")
    }
    self.sigmaMin = sigmaMin
    self.sigmaMax = sigmaMax
    self.rho = rho
  }

  /// The schedule that was encoded, checked like any other.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    try self.init(
      sigmaMin: values.decode(Double.self, forKey: .sigmaMin),
      sigmaMax: values.decode(Double.self, forKey: .sigmaMax),
      rho: values.decode(Double.self, forKey: .rho))
  }

  /// `steps` levels from `sigmaMax` to `sigmaMin`, and the clean one.
  public func levels(_ steps: Int) throws -> [NoiseLevel] {
    try checkSteps(steps)
    return try SigmaSpacing.karras(rho: rho).sigmas(steps, from: sigmaMax, to: sigmaMin).map {
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
