public import Torch

internal import Foundation

/// "DPM++ 2M v2": a variant of ``DPMSolverPlusPlus2M`` that users made, kept because they ask for
/// it.
///
/// From https://github.com/AUTOMATIC1111/stable-diffusion-webui/discussions/8457, as in
/// stable-diffusion.cpp: the estimate is extrapolated by the shorter of this step and the last in
/// units of the longer, and integrated over the mean of the two instead of this step. So the
/// estimate's weight is right only between equal steps in `lambda`. Over levels whose steps in
/// `lambda` become short it is of first order. Over those of a flow, where the last ones stay long,
/// it does not converge, and is therefore not among ``Samplers``. One evaluation a step. The first
/// step, a step from pure noise, the one after it, and a step to a clean level are DDIM's.
public struct DPMSolverPlusPlus2MV2: Sampler {
  private var last: (x0: Tensor, h: Double)?

  /// The error falls in proportion to the step, where steps in `lambda` become short.
  public var order: Int { 1 }

  /// The flow is deterministic.
  public var isStochastic: Bool { false }

  /// The sampler, without a memory yet.
  public init() {}

  /// Extrapolates the estimates of this step and the last, and follows them over the mean step.
  public mutating func step(
    _ x: Tensor, from t: NoiseLevel, to s: NoiseLevel, denoiser: some Denoiser,
    noise: NoiseSource
  ) throws -> Tensor {
    let x0 = try denoiser(x, at: t)
    guard s.sigma > 0, t.alpha > 0 else { return t.moved(x, to: s, x0: x0) }
    let h = (s.logSNR - t.logSNR) / 2
    defer { last = (x0, h) }
    guard let last else { return t.moved(x, to: s, x0: x0) }
    let r = max(h, last.h) / min(h, last.h)
    let d = (1 + 1 / (2 * r)) * x0 - 1 / (2 * r) * last.x0
    return s.sigma / t.sigma * x - s.alpha * expm1(-(h + last.h) / 2) * d
  }
}
