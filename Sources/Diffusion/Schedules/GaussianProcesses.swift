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

/// The variance-exploding process: `sigma` grows from `sigmaMin` to `sigmaMax` in equal ratios.
///
/// Song et al. 2021, equations 9 and 31, https://arxiv.org/abs/2011.13456; for times from 0 to 1.
/// As there, the sample at time 0 already has the noise of `sigmaMin`.
public struct VarianceExploding: NoiseProcess, Hashable {
  private let sigmaMin: Double
  private let sigmaMax: Double

  /// `alpha = 1`.
  public var path: NoisePath { .varianceExploding }

  /// From nearly the data to the noise.
  public var times: ClosedRange<Double> { 0...1 }

  /// The process between two levels.
  ///
  /// - Parameters:
  ///   - sigmaMin: At time 0, above 0.
  ///   - sigmaMax: At time 1, above `sigmaMin`.
  /// - Throws: ``ScheduleError`` if a number is out of its range.
  public init(sigmaMin: Double = 0.01, sigmaMax: Double = 50) throws {
    guard sigmaMin > 0, sigmaMin.isFinite else {
      throw ScheduleError.parameter(name: "sigmaMin", value: sigmaMin, expected: "above 0")
    }
    guard sigmaMax > sigmaMin, sigmaMax.isFinite else {
      throw ScheduleError.parameter(name: "sigmaMax", value: sigmaMax, expected: "above sigmaMin")
    }
    (self.sigmaMin, self.sigmaMax) = (sigmaMin, sigmaMax)
  }

  private var rate: Double { log(sigmaMax / sigmaMin) }

  /// `alpha = 1` and `sigma = sigmaMin · (sigmaMax / sigmaMin)^t`.
  public func level(time t: Double) -> NoiseLevel {
    NoiseLevel(alpha: 1, sigma: sigmaMin * exp(rate * t))
  }

  /// The share of the way from `ln(sigmaMin)` to `ln(sigmaMax)`.
  public func time(of level: NoiseLevel) -> Double { log(level.karrasSigma / sigmaMin) / rate }

  /// 0.
  public func drift(time t: Double) -> Double { 0 }

  /// `sigma · sqrt(2 · ln(sigmaMax / sigmaMin))`.
  public func diffusion(time t: Double) -> Double {
    level(time: t).sigma * (2 * rate).squareRoot()
  }
}

/// EDM's process, whose time is `sigma` itself.
///
/// Karras et al. 2022, equation 1 with `sigma(t) = t`, https://arxiv.org/abs/2206.00364.
public struct EDMProcess: NoiseProcess, Hashable {
  /// `alpha = 1`.
  public var path: NoisePath { .varianceExploding }

  /// From `sigmaMin` to `sigmaMax`.
  public let times: ClosedRange<Double>

  /// The process between two levels.
  ///
  /// - Parameters:
  ///   - sigmaMin: The least level, above 0.
  ///   - sigmaMax: The largest, above `sigmaMin`.
  /// - Throws: ``ScheduleError`` if a number is out of its range.
  public init(sigmaMin: Double = 0.002, sigmaMax: Double = 80) throws {
    guard sigmaMin > 0, sigmaMin.isFinite else {
      throw ScheduleError.parameter(name: "sigmaMin", value: sigmaMin, expected: "above 0")
    }
    guard sigmaMax > sigmaMin, sigmaMax.isFinite else {
      throw ScheduleError.parameter(name: "sigmaMax", value: sigmaMax, expected: "above sigmaMin")
    }
    times = sigmaMin...sigmaMax
  }

  /// `alpha = 1` and `sigma = t`.
  public func level(time t: Double) -> NoiseLevel { NoiseLevel(alpha: 1, sigma: t) }

  /// Karras' sigma.
  public func time(of level: NoiseLevel) -> Double { level.karrasSigma }

  /// 0.
  public func drift(time t: Double) -> Double { 0 }

  /// `sqrt(2 · t)`.
  public func diffusion(time t: Double) -> Double { (2 * t).squareRoot() }
}

/// The process with the marginals of the straight path, for times from 0 to 1.
///
/// Lipman et al. 2023, https://arxiv.org/abs/2210.02747, with noise at time 1. Its probability flow
/// is the rectified flow `epsilon - x0`. At time 1 the drift is infinite.
public struct FlowProcess: NoiseProcess, Hashable {
  /// `alpha + sigma = 1`.
  public var path: NoisePath { .flow }

  /// From the data to the noise.
  public var times: ClosedRange<Double> { 0...1 }

  /// The process.
  public init() {}

  /// `alpha = 1 - t` and `sigma = t`.
  public func level(time t: Double) -> NoiseLevel { NoiseLevel(alpha: 1 - t, sigma: t) }

  /// The share of the noise.
  public func time(of level: NoiseLevel) -> Double { level.sigma / (level.alpha + level.sigma) }

  /// `-1 / (1 - t)`.
  public func drift(time t: Double) -> Double { -1 / (1 - t) }

  /// `sqrt(2 · t / (1 - t))`.
  public func diffusion(time t: Double) -> Double { (2 * t / (1 - t)).squareRoot() }
}
