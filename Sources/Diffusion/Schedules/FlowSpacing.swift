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
