public import Torch

/// CFG++: a guided estimate whose noise is the unconditional one.
///
/// Chung et al. 2024, https://arxiv.org/abs/2406.08070: a step of DDIM from `t` to `s` goes to
/// `s.alpha · x0 + s.sigma · epsilon` with `x0 = uncond + scale · (cond - uncond)`, but with the
/// noise that belongs to `uncond`. Solved for the estimate that takes an ordinary step there, that
/// is classifier-free guidance with a scale for each step, `scale / (1 - sigma_s / sigma_t)` in
/// Karras' sigmas. So ``DDIM`` (`eta` 0) and ``Euler`` with this rule are CFG++, and neither a
/// sampler nor a denoiser has to know of the other; with samplers of higher order it is CFG++ in
/// spirit only. The scale grows with the number of steps, so there is no limit of fine steps.
public struct PlusPlusGuidance: Guidance, Sendable, Hashable {
  /// The guidance scale, from 0, the unconditional estimate, to 1 as a rule.
  public let scale: Double

  private let levels: [NoiseLevel]

  /// The rule for a run.
  ///
  /// - Parameters:
  ///   - scale: The guidance scale, from 0 to 1 as a rule. 1 is not off: the noise stays the
  ///     unconditional one.
  ///   - levels: The levels that the sampler goes through, noisiest first.
  public init(scale: Double, levels: [NoiseLevel]) {
    self.scale = scale
    self.levels = levels
  }

  /// It is never off.
  public func isOff(at level: NoiseLevel) -> Bool { false }

  /// Goes from `uncond` through `cond`, further the shorter the step.
  public func combine(cond: Tensor, uncond: Tensor, at level: NoiseLevel) -> Tensor {
    uncond + stepScale(at: level) * (cond - uncond)
  }

  /// The scale of the step that begins at a level, or that a level lies in.
  func stepScale(at t: NoiseLevel) -> Double {
    guard let s = levels.first(where: { $0.logSNR > t.logSNR }), t.alpha > 0 else { return scale }
    return scale / (1 - s.karrasSigma / t.karrasSigma)
  }
}
