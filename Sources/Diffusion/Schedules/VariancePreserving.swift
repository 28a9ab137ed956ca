internal import Foundation

/// `beta(t)` that grows in a straight line: what the VP and the sub-VP process share.
private struct LinearBeta: Sendable, Hashable {
  let min: Double
  let max: Double

  init(_ min: Double, _ max: Double) throws {
    guard min >= 0, min.isFinite else {
      throw ScheduleError.parameter(name: "betaMin", value: min, expected: "at least 0")
    }
    guard max > min, max.isFinite else {
      throw ScheduleError.parameter(name: "betaMax", value: max, expected: "above betaMin")
    }
    (self.min, self.max) = (min, max)
  }

  private init(trusting min: Double, _ max: Double) { (self.min, self.max) = (min, max) }

  /// Song et al.'s.
  static let song = LinearBeta(trusting: 0.1, 20)

  func callAsFunction(_ t: Double) -> Double { min + t * (max - min) }

  /// The integral from 0 to `t`.
  func integral(_ t: Double) -> Double { t * min + t * t * (max - min) / 2 }

  /// The time of an integral.
  func time(integral: Double) -> Double {
    // The root of the quadratic that loses no digits.
    2 * integral / (min + (min * min + 2 * (max - min) * integral).squareRoot())
  }
}

/// The variance-preserving process with a linear `beta(t)`, for times from 0 to 1.
///
/// Song et al. 2021, equations 11 and 33, https://arxiv.org/abs/2011.13456: DDPM's chain with ever
/// more, ever smaller steps.
public struct VariancePreserving: NoiseProcess, Hashable {
  private let beta: LinearBeta

  /// `alpha² + sigma² = 1`.
  public var path: NoisePath { .variancePreserving }

  /// From the data to the noise.
  public var times: ClosedRange<Double> { 0...1 }

  /// The process whose `beta` goes from `betaMin` to `betaMax`.
  ///
  /// - Parameters:
  ///   - betaMin: At time 0, at least 0.
  ///   - betaMax: At time 1, above `betaMin`.
  /// - Throws: ``ScheduleError`` if a number is out of its range.
  public init(betaMin: Double = 0.1, betaMax: Double = 20) throws {
    beta = try LinearBeta(betaMin, betaMax)
  }

  private init(_ beta: LinearBeta) { self.beta = beta }

  /// The process with Song et al.'s numbers, 0.1 and 20.
  public static let song = VariancePreserving(.song)

  /// `alpha = exp(-B / 2)` and `sigma² = 1 - exp(-B)`, where `B` is the integral of `beta`.
  public func level(time t: Double) -> NoiseLevel {
    let integral = beta.integral(t)
    return NoiseLevel(alpha: exp(-integral / 2), sigma: (-expm1(-integral)).squareRoot())
  }

  /// The time whose `B` is `ln(1 + sigma² / alpha²)`.
  public func time(of level: NoiseLevel) -> Double {
    beta.time(integral: log1p(pow(level.karrasSigma, 2)))
  }

  /// `-beta / 2`.
  public func drift(time t: Double) -> Double { -beta(t) / 2 }

  /// The square root of `beta`.
  public func diffusion(time t: Double) -> Double { beta(t).squareRoot() }
}

/// The sub-VP process, whose variance stays below that of the variance-preserving one.
///
/// Song et al. 2021, section 3.4 and appendix B, https://arxiv.org/abs/2011.13456; for times from
/// 0 to 1.
public struct SubVariancePreserving: NoiseProcess, Hashable {
  private let beta: LinearBeta

  /// `alpha² + sigma = 1`.
  public var path: NoisePath { .subVariancePreserving }

  /// From the data to the noise.
  public var times: ClosedRange<Double> { 0...1 }

  /// The process whose `beta` goes from `betaMin` to `betaMax`.
  ///
  /// - Parameters:
  ///   - betaMin: At time 0, at least 0.
  ///   - betaMax: At time 1, above `betaMin`.
  /// - Throws: ``ScheduleError`` if a number is out of its range.
  public init(betaMin: Double = 0.1, betaMax: Double = 20) throws {
    beta = try LinearBeta(betaMin, betaMax)
  }

  /// `alpha = exp(-B / 2)` and `sigma = 1 - exp(-B)`, where `B` is the integral of `beta`.
  public func level(time t: Double) -> NoiseLevel {
    let integral = beta.integral(t)
    return NoiseLevel(alpha: exp(-integral / 2), sigma: -expm1(-integral))
  }

  /// The time whose `2 · sinh(B / 2)` is `sigma / alpha`.
  public func time(of level: NoiseLevel) -> Double {
    beta.time(integral: 2 * asinh(level.karrasSigma / 2))
  }

  /// `-beta / 2`.
  public func drift(time t: Double) -> Double { -beta(t) / 2 }

  /// The square root of `beta · (1 - exp(-2 · B))`.
  public func diffusion(time t: Double) -> Double {
    (-beta(t) * expm1(-2 * beta.integral(t))).squareRoot()
  }
}
