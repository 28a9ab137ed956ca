internal import Foundation

/// Which times of a flow a sampler visits before they are shifted.
public enum FlowSpacing: Sendable, Hashable, Codable {
  /// Equal steps from 1 to 0.
  case uniform
  /// Small equal steps over the first half, then growing ones.
  ///
  /// Polyak et al. 2024, https://arxiv.org/abs/2410.13720: near the noise the steps
  /// are those of `1 / threshold` steps or so, and a quadratic takes over. The formula is that of
  /// Mochi's `linear_quadratic_schedule`.
  case linearQuadratic(threshold: Double = 0.025)
  /// Quantiles of a Beta distribution (Lee et al. 2024, https://arxiv.org/abs/2407.12173), as
  /// ComfyUI's `beta` takes them of a flow's timesteps, which it rounds.
  case beta(alpha: Double = 0.6, beta: Double = 0.6)
  /// Quantiles of a logit-normal distribution, `1 / (1 + exp(-y))` for normal `y`: Ideogram 4's and
  /// stable-diffusion.cpp's `logit_normal`, whose first time is not 1 but `1 / (1 + exp(-9))`.
  case logitNormal(mean: Double = 0, deviation: Double = 1.75)
  /// A list of one's own, from the noisiest, for as many steps as it has times; 0 follows.
  case custom([Double])

  /// `steps + 1` times from the noisiest down to 0.
  func times(_ steps: Int) throws -> [Double] {
    switch self {
    case .uniform: return (0...steps).map { Double(steps - $0) / Double(steps) }
    case .linearQuadratic(let threshold):
      guard threshold > 0, threshold < 1.0 / 3 else {
        throw ScheduleError.parameter(
          name: "threshold", value: threshold, expected: "above 0, below 1 / 3")
      }
      return linearQuadratic(steps, threshold: threshold)
    case .beta(let alpha, let beta):
      try BetaDistribution.check(alpha, beta)
      let distribution = BetaDistribution(alpha, beta)
      return (0...steps).map { distribution.quantile(Double(steps - $0) / Double(steps)) }
    case .logitNormal(let mean, let deviation):
      guard deviation > 0, deviation.isFinite, mean.isFinite else {
        throw ScheduleError.parameter(name: "deviation", value: deviation, expected: "above 0")
      }
      return (0...steps).map { index in
        let share = Double(steps - index) / Double(steps)
        return 1 / (1 + exp(-(mean + deviation * normalQuantile(share))))
      }
    case .custom(let times):
      guard steps == times.count else {
        throw ScheduleError.steps(found: steps, allowed: times.count...times.count)
      }
      for (index, (t, s)) in zip([1.000_000_1] + times, times + [0]).enumerated() where !(s < t) {
        throw ScheduleError.parameter(
          name: "time \(index)", value: s, expected: index == 0 ? "at most 1" : "below \(t)")
      }
      return times + [0]
    }
  }

  private func linearQuadratic(_ steps: Int, threshold: Double) -> [Double] {
    guard steps > 1 else { return [1, 0] }
    let (linear, all) = (Double(steps / 2), Double(steps))
    let quadratic = all - linear
    // The parabola goes on from the straight line with its slope, and ends at 1.
    let curvature = (1 - threshold - threshold / linear * quadratic) / (quadratic * quadratic)
    return (0...steps).map { index in
      let i = Double(index)
      let past = max(i - linear, 0)
      return index == steps ? 0 : 1 - (threshold / linear * i + curvature * past * past)
    }
  }
}

/// Below which number a share of unit normal ones lies; infinite at 0 and 1.
///
/// Halves the interval, to the last digits of `Double`; above one half by symmetry.
func normalQuantile(_ share: Double) -> Double {
  guard share <= 0.5 else { return -normalQuantile(1 - share) }
  guard share > 0 else { return -.infinity }
  var (low, high) = (-40.0, 0.0)
  while true {
    let middle = low + (high - low) / 2
    guard low < middle, middle < high else { return middle }
    if erfc(-middle / 2.0.squareRoot()) / 2 < share { low = middle } else { high = middle }
  }
}
