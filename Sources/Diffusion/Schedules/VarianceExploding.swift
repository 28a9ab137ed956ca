internal import Foundation

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
