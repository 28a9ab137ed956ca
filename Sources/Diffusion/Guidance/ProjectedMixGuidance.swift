public import Torch

/// Ordinary guidance at high noise levels, adaptive projected guidance below.
///
/// diffusers' `AdaptiveProjectedMixGuidance`: the composition of a picture is made by ordinary
/// guidance, whose differences the momentum of the projected one sees already.
/// Theirs changes after a number of steps; here it is a level. As in ``ProjectedGuidance`` the
/// projected scale is the paper's `w`, where diffusers' `use_original_formulation` counts `w - 1`.
public struct ProjectedMixGuidance: Guidance {
  /// The guidance scale above the level.
  public let scale: Double

  /// The rule from the level downwards.
  public let projected: ProjectedGuidance

  /// The first level of projected guidance.
  public let level: NoiseLevel

  /// The rule for a run.
  ///
  /// - Parameters:
  ///   - scale: The guidance scale above the level.
  ///   - projected: The rule from the level downwards; it remembers the run.
  ///   - level: The first level of projected guidance.
  public init(scale: Double, projected: ProjectedGuidance, from level: NoiseLevel) {
    (self.scale, self.projected, self.level) = (scale, projected, level)
  }

  /// Whether the scale that is used at the level is 1.
  public func isOff(at level: NoiseLevel) -> Bool {
    isOrdinary(at: level)
      ? scale == 1 && projected.momentum == 0 : projected.isOff(at: level)
  }

  /// Combines by one rule or the other.
  public func combine(cond: Tensor, uncond: Tensor, at level: NoiseLevel) -> Tensor {
    guard isOrdinary(at: level) else {
      return projected.combine(cond: cond, uncond: uncond, at: level)
    }
    _ = projected.remembered(cond - uncond, at: level)
    return uncond + scale * (cond - uncond)
  }

  private func isOrdinary(at level: NoiseLevel) -> Bool { level.logSNR < self.level.logSNR }
}
