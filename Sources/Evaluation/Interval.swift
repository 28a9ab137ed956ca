internal import Foundation
public import Torch

/// A range that holds an unknown number with a stated confidence.
public struct Interval: Codable, Sendable, Hashable {
  /// The lower end.
  public let lower: Double
  /// The upper end.
  public let upper: Double

  /// A range.
  public init(lower: Double, upper: Double) {
    self.lower = lower
    self.upper = upper
  }
}

/// A measured number and the range that holds the true one with 95 % confidence.
public struct Estimate: Codable, Sendable, Hashable {
  /// The number.
  public let value: Double
  /// The range.
  public let interval: Interval

  /// A number and its range.
  public init(value: Double, interval: Interval) {
    self.value = value
    self.interval = interval
  }

  /// The share of trials that succeeded, with Wilson's interval.
  ///
  /// Wilson 1927, https://doi.org/10.1080/01621459.1927.10502953; unlike the normal approximation
  /// it stays inside [0, 1] and is right for shares near its ends.
  ///
  /// - Parameters:
  ///   - successes: Trials that succeeded, `0...trials`.
  ///   - trials: All trials, at least 1.
  public init(successes: Int, of trials: Int) {
    precondition(trials > 0 && (0...trials).contains(successes), "\(successes) of \(trials)")
    let (n, z) = (Double(trials), normalQuantile95)
    let share = Double(successes) / n
    let center = (share + z * z / (2 * n)) / (1 + z * z / n)
    let spread = share * (1 - share) / n + z * z / (4 * n * n)
    let half = z * spread.squareRoot() / (1 + z * z / n)
    self.init(
      value: share, interval: Interval(lower: max(0, center - half), upper: min(1, center + half)))
  }

  /// A number whose resampled values spread as its error does.
  ///
  /// The resampled values of a distance of distributions are too large on average, because a
  /// resample has fewer distinct samples; their spread about their own mean is what counts. So the
  /// range is that of the resampled values, moved to have its mean at the number.
  ///
  /// - Parameters:
  ///   - value: The number, of all samples.
  ///   - resampled: The number of each resample, at least one.
  public init(_ value: Double, resampled: [Double]) {
    let mean = resampled.reduce(0, +) / Double(resampled.count)
    self.init(
      value: value,
      interval: Interval(
        lower: value + quantile(resampled, 0.025) - mean,
        upper: value + quantile(resampled, 0.975) - mean))
  }

  /// The mean of independent values, with the normal error of a mean.
  ///
  /// - Parameter values: At least two.
  public init(meanOf values: [Double]) {
    precondition(values.count > 1, "a mean of several values")
    let count = Double(values.count)
    let mean = values.reduce(0, +) / count
    let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (count - 1)
    self.init(mean, standardError: (variance / count).squareRoot())
  }

  /// The mean of values, with the range that the means of resampled ones have.
  ///
  /// The percentile bootstrap: Efron 1979, https://doi.org/10.1214/aos/1176344552.
  ///
  /// - Parameters:
  ///   - values: At least one.
  ///   - resamples: How often as many are drawn of them, at least 1.
  ///   - generator: Draws.
  /// - Throws: A `TorchError`.
  public init(bootstrapping values: [Double], resamples: Int, using generator: Generator) throws {
    precondition(!values.isEmpty && resamples > 0, "values to resample")
    let means = try checked {
      Tensor(values).indexSelected(
        dim: 0, generator.integers(in: 0..<values.count, [resamples * values.count])
      ).reshaped(resamples, values.count).mean(dims: [1]).values(as: Double.self)
    }
    self.init(
      value: values.reduce(0, +) / Double(values.count),
      interval: Interval(lower: quantile(means, 0.025), upper: quantile(means, 0.975)))
  }

  /// A number with a normal error.
  init(_ value: Double, standardError: Double) {
    let half = normalQuantile95 * standardError
    self.init(value: value, interval: Interval(lower: value - half, upper: value + half))
  }
}

/// The number that a standard normal draw exceeds in size once in 20 times.
let normalQuantile95 = 1.959963984540054

/// The value below which a fraction of the values lie, interpolated linearly between two of them.
///
/// Hyndman and Fan 1996, type 7, https://doi.org/10.1080/00031305.1996.10473566, as numpy's.
///
/// - Parameters:
///   - values: At least one number, in any order.
///   - fraction: In [0, 1].
/// - Returns: A number between the least and the largest value.
public func quantile(_ values: [Double], _ fraction: Double) -> Double {
  precondition(!values.isEmpty && (0...1).contains(fraction), "a quantile of some values")
  let sorted = values.sorted()
  let place = fraction * Double(sorted.count - 1)
  let below = Int(place)
  let above = min(below + 1, sorted.count - 1)
  return sorted[below] + (place - Double(below)) * (sorted[above] - sorted[below])
}
