public import Diffusion
public import Torch

internal import Foundation

/// A mixture of normal distributions in one dimension: data whose noisy forms are known exactly.
///
/// With noise it is a mixture again, so its density, its shares and the best estimate of `x0` are
/// closed forms.
public struct NormalMixture: Denoiser, Sendable, Hashable {
  /// How often each component is drawn; above 0, and 1 in all.
  public let weights: [Double]

  /// The mean of each component.
  public let means: [Double]

  /// The standard deviation of each component, above 0.
  public let deviations: [Double]

  /// The mixture of one to ``maximumComponents`` components.
  ///
  /// - Parameters:
  ///   - weights: How often each component is drawn; above 0, and 1 in all.
  ///   - means: Their means.
  ///   - deviations: Their standard deviations, above 0, and not below ``leastDeviation`` of that
  ///     of the whole mixture.
  /// - Throws: ``MixtureError`` for the first number that is out of its range.
  public init(weights: [Double], means: [Double], deviations: [Double]) throws(MixtureError) {
    self.weights = weights
    self.means = means
    self.deviations = deviations
    try check()
  }

  private init(trusting weights: [Double], means: [Double], deviations: [Double]) {
    self.weights = weights
    self.means = means
    self.deviations = deviations
  }

  /// Three components, two broad ones and a narrow one, apart from each other.
  public static let example = NormalMixture(
    trusting: [0.3, 0.5, 0.2], means: [-1.5, 0.25, 2], deviations: [0.2, 0.35, 0.1])

  /// The most components.
  public static let maximumComponents = 16

  /// The least deviation of a component, in units of that of the whole mixture.
  ///
  /// The steps that show an order of convergence become too many below.
  public static let leastDeviation = 0.005

  /// The mixture with mean 0 and variance 1.
  package func standardized() -> NormalMixture {
    let (center, scale) = (mean, variance.squareRoot())
    return NormalMixture(
      trusting: weights, means: means.map { ($0 - center) / scale },
      deviations: deviations.map { $0 / scale })
  }

  private func check() throws(MixtureError) {
    let counts = [weights.count, means.count, deviations.count]
    guard Set(counts).count == 1 else {
      throw .lengths(weights: counts[0], means: counts[1], deviations: counts[2])
    }
    guard (1...Self.maximumComponents).contains(counts[0]) else { throw .components(counts[0]) }
    for (index, weight) in weights.enumerated() where !(weight > 0 && weight.isFinite) {
      throw .number("weights", index, expected: "a number above 0", found: weight)
    }
    for (index, mean) in means.enumerated() where !(abs(mean) <= Self.largest) {
      throw .number("means", index, expected: "a number within ±1e100", found: mean)
    }
    for (index, deviation) in deviations.enumerated()
    where !(deviation >= 1 / Self.largest && deviation <= Self.largest) {
      throw .number(
        "deviations", index, expected: "a number above 0, from 1e-100 to 1e100", found: deviation)
    }
    let sum = weights.reduce(0, +)
    guard abs(sum - 1) < 1e-9 else { throw .sum(sum) }
    let least = Self.leastDeviation * variance.squareRoot()
    for (index, deviation) in deviations.enumerated() where deviation < least {
      throw .narrow(index, least: least, found: deviation)
    }
  }

  private static let largest = 1e100
}

extension NormalMixture {
  /// The mean of the data.
  public var mean: Double { zip(weights, means).reduce(0) { $0 + $1.0 * $1.1 } }

  /// The variance of the data.
  public var variance: Double {
    let center = mean
    return zip(weights, zip(means, deviations)).reduce(0) { sum, component in
      let (weight, (mean, deviation)) = component
      return sum + weight * (deviation * deviation + (mean - center) * (mean - center))
    }
  }

  /// The mean of the clean samples that could have led to `x`, of any shape.
  public func callAsFunction(_ x: Tensor, at level: NoiseLevel) -> Tensor {
    func row(_ values: [Double]) -> Tensor {
      Tensor(values).converted(to: x.dtype).moved(to: x.device)
    }
    let (alpha, variances) = (level.alpha, deviations.map { $0 * $0 })
    let noisy = variances.map { alpha * alpha * $0 + level.sigma * level.sigma }
    let difference = x.unsqueezed(-1) - row(means.map { alpha * $0 })
    let logs =
      row(zip(weights, noisy).map { log($0) - 0.5 * log($1) })
      - difference * difference * row(noisy.map { 0.5 / $0 })
    let estimates = row(means) + row(zip(variances, noisy).map { alpha * $0 / $1 }) * difference
    return (logs.softmax(dim: -1) * estimates).sum(dims: [-1])
  }

  /// The density of noisy samples at `x`.
  public func density(_ x: Double, at level: NoiseLevel = .clean) -> Double {
    sum(at: level) { mean, deviation in
      let z = (x - mean) / deviation
      return exp(-z * z / 2) / deviation / (2 * Double.pi).squareRoot()
    }
  }

  /// The share of noisy samples that are below `x`.
  public func share(below x: Double, at level: NoiseLevel) -> Double {
    sum(at: level) { mean, deviation in 0.5 * erfc((mean - x) / deviation / 2.0.squareRoot()) }
  }

  /// Where a share between 0 and 1 of noisy samples is below, by halving an interval.
  public func quantile(_ share: Double, at level: NoiseLevel) -> Double {
    let reach = zip(means, deviations).map { mean, deviation in
      (level.alpha * mean, 40 * hypot(level.alpha * deviation, level.sigma))
    }
    var low = reach.map { $0.0 - $0.1 }.reduce(.infinity, min)
    var high = reach.map { $0.0 + $0.1 }.reduce(-.infinity, max)
    while true {
      let middle = low + (high - low) / 2
      guard middle > low, middle < high else { return middle }
      if self.share(below: middle, at: level) < share { low = middle } else { high = middle }
    }
  }

  /// The differential entropy of the data in bits, by the trapezoidal rule over each component.
  public var entropy: Double {
    nodes(step: 0.02).reduce(0) { $0 - $1.weight * log2(density($1.place)) }
  }

  /// Places and weights that the mean of a smooth function is a sum over.
  ///
  /// - Parameter step: How far the places of a component are apart, in its deviations.
  /// - Returns: Places within nine deviations of a component, with weights that sum to 1.
  package func nodes(step: Double) -> [(place: Double, weight: Double)] {
    let reach = Int((9 / step).rounded())
    let normal = (-reach...reach).map { Double($0) * step }.map { ($0, exp(-$0 * $0 / 2)) }
    let total = normal.reduce(0) { $0 + $1.1 }
    return zip(weights, zip(means, deviations)).flatMap { weight, component in
      normal.map { (component.0 + component.1 * $0.0, weight * $0.1 / total) }
    }
  }

  private func sum(at level: NoiseLevel, _ part: (Double, Double) -> Double) -> Double {
    zip(weights, zip(means, deviations)).reduce(0) { sum, component in
      let (weight, (mean, deviation)) = component
      return sum + weight * part(level.alpha * mean, hypot(level.alpha * deviation, level.sigma))
    }
  }
}
