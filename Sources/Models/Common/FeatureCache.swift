internal import Synchronization
package import Torch

/// Features of a network which are computed in some evaluations of a run and foreseen in the
/// others: what its deep blocks do, or its whole answer.
///
/// From one step to the next deep features change little, so they are kept (DeepCache, Ma et al.
/// 2023, https://arxiv.org/abs/2312.00858), or continued as the polynomial through the last ones
/// that were computed (TaylorSeer, Liu et al. 2025, https://arxiv.org/abs/2503.06923; by divided
/// differences over the timestep, so that steps need not be equal). Where a sampler evaluates twice
/// at a timestep, at the end of a step and at the beginning of the next, the second evaluation has
/// what the first one computed. It belongs to one network of one run.
package final class FeatureCache: Sendable {
  /// Which evaluations compute the features.
  package enum Rule: Sendable, Hashable {
    /// Those at every so many timesteps, from the first on; at least 1.
    case interval(Int)
    /// Those before which what leads to the features changed by more than this share.
    ///
    /// Since they were computed last, as the mean of the absolute differences by the mean of the
    /// absolute values: diffusers' FirstBlockCache, after TeaCache (Liu et al. 2024,
    /// https://arxiv.org/abs/2411.19108), whose rescaling by a fitted polynomial is left out.
    case change(Double)
    /// Those before which the features may have changed by this share.
    ///
    /// EasyCache (Zhou et al. 2025, https://arxiv.org/abs/2507.02860): estimated as what leads to
    /// them changed, summed up from evaluation to evaluation, times how fast they changed with it
    /// when they were computed last; all by their mean absolute value.
    case estimatedChange(Double)
  }

  /// Which evaluations compute the features, and how others foresee them.
  package struct Schedule: Sendable, Hashable {
    /// Which evaluations compute.
    package var rule: Rule
    /// The degree of the polynomial: 0 keeps the last features, 1 continues their change.
    package var order: Int

    /// A schedule of a rule and an order, at least 0.
    package init(_ rule: Rule, order: Int = 0) {
      if case .interval(let interval) = rule { precondition(interval >= 1, "\(interval)") }
      precondition(order >= 0, "an order of \(order)")
      self.rule = rule
      self.order = order
    }
  }

  private struct State {
    var decision: FeatureDecision
    /// What was computed, the last at the end.
    var known: [(time: Double, features: Tensor)] = []
    /// When the last evaluation was.
    var last: Double?
  }

  private let order: Int
  private let state: Mutex<State>

  /// A cache that is empty.
  package init(_ schedule: Schedule) {
    order = schedule.order
    state = Mutex(State(decision: FeatureDecision(schedule.rule)))
  }

  /// The features of the next evaluation.
  ///
  /// - Parameters:
  ///   - timestep: The evaluation's, the same number for each of the batch, `[batch]`.
  ///   - cause: What leads to the features and is computed in every evaluation.
  ///   - compute: Computes them; called where the schedule says so.
  /// - Returns: What was computed or foreseen.
  package func features(
    at timestep: Tensor, from cause: Tensor, _ compute: () -> Tensor
  ) -> Tensor {
    let time = timestep.selected(dim: 0, index: 0).item()
    let (isDue, known) = state.withLock { state in
      defer { state.last = time }
      return (time != state.last && state.decision.isDue(after: cause), state.known)
    }
    guard isDue || known.isEmpty else { return Self.foreseen(at: time, from: known) }
    let features = compute()
    state.withLock { state in
      state.decision.take(features)
      // A run that goes back in time comes by a timestep again.
      state.known = state.known.filter { $0.time != time }.suffix(order) + [(time, features)]
    }
    return features
  }

  /// Newton's polynomial through what is known.
  private static func foreseen(
    at now: Double, from known: [(time: Double, features: Tensor)]
  ) -> Tensor {
    var differences = known.map(\.features)
    var sum = differences[differences.count - 1]
    var factor = 1.0
    for degree in 1..<max(known.count, 1) {
      differences = differences.indices.dropLast().map { index in
        let span = known[index + degree].time - known[index].time
        return (differences[index + 1] - differences[index]) / span
      }
      factor *= now - known[known.count - degree].time
      sum = sum + differences[differences.count - 1] * factor
    }
    return sum
  }
}
