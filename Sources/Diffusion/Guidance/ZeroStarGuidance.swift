public import Torch

/// CFG-Zero*: guidance of velocities with the best multiple of the unconditional one.
///
/// Fan et al. 2025, https://arxiv.org/abs/2503.18886: `uncond` is projected onto `cond`'s length,
/// `star · uncond` with `star = ⟨cond, uncond⟩ / |uncond|²`, and the first steps have no velocity
/// at all, because an early estimate is worse than none. It is defined on velocities, so on those
/// it is done, whatever the network outputs.
public struct ZeroStarGuidance: Guidance, Sendable, Hashable {
  /// The guidance scale; 1 is off.
  public let scale: Double

  /// The least noisy level without a velocity; none if there is no such level.
  public let zeroDownTo: NoiseLevel?

  /// Velocities are combined.
  public var space: PredictionType { .velocity }

  /// The rule.
  ///
  /// - Parameters:
  ///   - scale: The guidance scale; 1 is off, but for the levels without a velocity.
  ///   - zeroDownTo: The least noisy level whose velocity is zero; for one such step, the first
  ///     level of the run.
  public init(scale: Double, zeroDownTo: NoiseLevel? = nil) {
    self.scale = scale
    self.zeroDownTo = zeroDownTo
  }

  /// Whether ``scale`` is 1 and the level has a velocity.
  public func isOff(at level: NoiseLevel) -> Bool { scale == 1 && !isZero(at: level) }

  /// Goes from the best multiple of `uncond` through `cond`.
  public func combine(cond: Tensor, uncond: Tensor, at level: NoiseLevel) -> Tensor {
    guard !isZero(at: level) else { return 0 * cond }
    // The reference's guard against a zero velocity.
    let star = dot(cond, uncond) / (dot(uncond, uncond) + 1e-8)
    let best = star * uncond
    return best + scale * (cond - best)
  }

  private func isZero(at level: NoiseLevel) -> Bool {
    zeroDownTo.map { level.logSNR <= $0.logSNR } ?? false
  }
}
