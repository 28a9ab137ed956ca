internal import Foundation

/// The variance-preserving process whose `alpha` is a cosine of time, from 0 to 1.
///
/// Nichol & Dhariwal 2021, equation 17, https://arxiv.org/abs/2102.09672, as a process. At time 1
/// there is only noise, and `beta` is infinite.
public struct CosineProcess: NoiseProcess, Hashable {
  private let offset: Double

  /// `alpha² + sigma² = 1`.
  public var path: NoisePath { .variancePreserving }

  /// From the data to the noise.
  public var times: ClosedRange<Double> { 0...1 }

  /// The process with the small offset that keeps `beta` above 0 at time 0.
  ///
  /// - Parameter offset: At least 0.
  /// - Throws: ``ScheduleError`` if it is not.
  public init(offset: Double = 0.008) throws {
    guard offset >= 0, offset.isFinite else {
      throw ScheduleError.parameter(name: "offset", value: offset, expected: "at least 0")
    }
    self.offset = offset
  }

  private var first: Double { angle(0) }

  private func angle(_ t: Double) -> Double { (t + offset) / (1 + offset) * .pi / 2 }

  /// `alpha = cos(angle) / cos(first)`; `sigma` from the difference of the squares.
  public func level(time t: Double) -> NoiseLevel {
    let angle = angle(t)
    let variance = sin(angle - first) * sin(angle + first) / pow(cos(first), 2)
    let alpha = t < 1 ? cos(angle) / cos(first) : 0
    return NoiseLevel(alpha: alpha, sigma: min(max(variance, 0), 1).squareRoot())
  }

  /// The time of the angle at which `tan(angle)² = (sigma² / alpha² + sin(first)²) / cos(first)²`.
  public func time(of level: NoiseLevel) -> Double {
    // Both sides of sigma² / alpha² = cos(first)² / cos(angle)² - 1, solved for the tangent.
    let tangent = hypot(level.karrasSigma, sin(first)) / cos(first)
    return atan(tangent) / (.pi / 2) * (1 + offset) - offset
  }

  /// The derivative of `ln(alpha)`.
  public func drift(time t: Double) -> Double { -tan(angle(t)) * .pi / 2 / (1 + offset) }

  /// What keeps the variance: the square root of `-2 · f`.
  public func diffusion(time t: Double) -> Double { (-2 * drift(time: t)).squareRoot() }
}
