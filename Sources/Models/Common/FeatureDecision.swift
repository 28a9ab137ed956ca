internal import Torch

/// Decides at every timestep of a run whether a ``FeatureCache`` computes.
struct FeatureDecision: Sendable {
  private let rule: FeatureCache.Rule
  private var count = 0
  /// What led to the features that were computed last.
  private var computedCause: Tensor?
  /// What led to them at the last timestep.
  private var lastCause: Tensor?
  /// What was computed last.
  private var features: Tensor?
  /// How much the features changed with what leads to them.
  private var rate: Double?
  /// How much they may have changed since, as a share.
  private var change = 0.0

  init(_ rule: FeatureCache.Rule) { self.rule = rule }

  /// Whether the features of the next timestep are computed.
  ///
  /// - Parameter cause: What leads to them.
  /// - Returns: Whether they are.
  mutating func isDue(after cause: Tensor) -> Bool {
    switch rule {
    case .interval(let interval):
      defer { count += 1 }
      return count % interval == 0
    case .change(let most):
      if let computed = computedCause, cause.meanDistance(computed) / computed.meanSize <= most {
        return false
      }
      computedCause = cause
      return true
    case .estimatedChange(let most):
      defer { lastCause = cause }
      guard let last = lastCause, let features, let rate else { return true }
      change += rate * cause.meanDistance(last) / features.meanSize
      if change < most { return false }
      change = 0
      return true
    }
  }

  /// Takes what was computed after ``isDue(after:)``.
  mutating func take(_ computed: Tensor) {
    guard case .estimatedChange = rule else { return }
    if let features, let from = computedCause, let to = lastCause {
      let found = computed.meanDistance(features) / to.meanDistance(from)
      rate = found.isFinite ? found : rate
    }
    (features, computedCause) = (computed, lastCause)
  }
}

extension Tensor {
  /// The mean of the absolute values.
  fileprivate var meanSize: Double {
    absolute().mean(dims: nil, dtype: .float32).item()
  }

  /// The mean of the absolute differences.
  fileprivate func meanDistance(_ other: Tensor) -> Double { (self - other).meanSize }
}
