internal import Synchronization
package import Torch

/// The features of a network's deep blocks, which are computed in some evaluations of a run and
/// foreseen in the others.
///
/// From one step to the next deep features change little, so they are kept (DeepCache, Ma et al.
/// 2023, https://arxiv.org/abs/2312.00858), or continued as the polynomial through the last ones
/// that were computed (TaylorSeer, Liu et al. 2025, https://arxiv.org/abs/2503.06923; by divided
/// differences over the number of the evaluation, so that intervals need not be equal). It belongs
/// to one network of one run, and counts its evaluations.
package final class FeatureCache: Sendable {
  /// Which evaluations compute the features, and how others foresee them.
  package struct Schedule: Sendable, Hashable {
    /// Every so many evaluations compute, from the first on; at least 1.
    package var interval: Int
    /// The degree of the polynomial: 0 keeps the last features, 1 continues their change.
    package var order: Int

    /// A schedule of an interval, at least 1, and an order, at least 0.
    package init(interval: Int, order: Int = 0) {
      precondition(interval >= 1 && order >= 0, "an interval of \(interval), an order of \(order)")
      self.interval = interval
      self.order = order
    }
  }

  private struct State {
    var evaluations = 0
    /// What was computed, the last at the end.
    var known: [(evaluation: Int, features: Tensor)] = []
  }

  private let schedule: Schedule
  private let state = Mutex(State())

  /// A cache that is empty.
  package init(_ schedule: Schedule) { self.schedule = schedule }

  /// The features of the next evaluation.
  ///
  /// - Parameter compute: Computes them; called where the schedule says so.
  /// - Returns: What was computed or foreseen.
  package func features(_ compute: () -> Tensor) -> Tensor {
    let (now, known) = state.withLock { state in
      defer { state.evaluations += 1 }
      return (state.evaluations, state.known)
    }
    guard now % schedule.interval == 0 else { return Self.foreseen(at: now, from: known) }
    let features = compute()
    state.withLock { state in
      state.known = state.known.suffix(schedule.order) + [(now, features)]
    }
    return features
  }

  /// Newton's polynomial through what is known.
  private static func foreseen(
    at now: Int, from known: [(evaluation: Int, features: Tensor)]
  ) -> Tensor {
    var differences = known.map(\.features)
    var sum = differences[differences.count - 1]
    var factor = 1.0
    for degree in 1..<max(known.count, 1) {
      differences = differences.indices.dropLast().map { index in
        let span = known[index + degree].evaluation - known[index].evaluation
        return (differences[index + 1] - differences[index]) / Double(span)
      }
      factor *= Double(now - known[known.count - degree].evaluation)
      sum = sum + differences[differences.count - 1] * factor
    }
    return sum
  }
}
