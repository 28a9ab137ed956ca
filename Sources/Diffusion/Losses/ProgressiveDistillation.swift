public import Torch

/// Progressive distillation: one step of the student is two steps of its teacher.
///
/// Salimans & Ho 2022, algorithm 2, https://arxiv.org/abs/2202.00512. The target is used as data of
/// a ``DenoisingObjective`` with ``LossWeighting/truncatedSNR``.
public struct ProgressiveDistillation: Sendable, Hashable {
  /// The method.
  public init() {}

  /// The estimate of `x0` with which one DDIM step from `t` ends where two of the teacher's end.
  ///
  /// - Parameters:
  ///   - x: Noisy samples at `t`, `[batch, …]`.
  ///   - t: Their level.
  ///   - middle: Where the teacher's first step ends.
  ///   - s: Where its second step ends; may be clean.
  ///   - teacher: The teacher.
  /// - Returns: The student's target, in the shape of `x`, without a gradient.
  /// - Throws: What the teacher throws.
  public func target(
    _ x: Tensor, from t: NoiseLevel, through middle: NoiseLevel, to s: NoiseLevel,
    teacher: some Denoiser
  ) throws -> Tensor {
    try withoutGradients {
      let end = try ddim(ddim(x, t, middle, teacher), middle, s, teacher)
      // The student's step s.alpha · x0 + ratio · (x - t.alpha · x0), solved for x0.
      let ratio = s.sigma / t.sigma
      return (end - ratio * x) / (s.alpha - ratio * t.alpha)
    }
  }

  private func ddim(
    _ x: Tensor, _ t: NoiseLevel, _ s: NoiseLevel, _ denoiser: some Denoiser
  ) throws -> Tensor {
    let x0 = try denoiser(x, at: t)
    return s.noised(x0, by: t.epsilon(in: x, of: x0))
  }
}
