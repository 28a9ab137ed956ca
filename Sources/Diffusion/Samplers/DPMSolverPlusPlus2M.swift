public import Torch

internal import Foundation

/// DPM-Solver++ with two steps' memory.
///
/// Lu et al. 2022, algorithm 2, https://arxiv.org/abs/2211.01095, with `lambda` half of
/// ``NoiseLevel/logSNR``. Second order with one evaluation a step. The first step, the step after
/// one from pure noise (whose length in `lambda` is infinite) and a step to a clean level are of
/// first order.
public struct DPMSolverPlusPlus2M: Sampler {
  /// What is made of the last two estimates.
  public enum Variant: String, Sendable, Hashable, Codable, CaseIterable {
    /// They are extrapolated to the middle of the step.
    case published
    /// "DPM++ 2M v2", which users made, kept because they ask for it.
    ///
    /// From https://github.com/AUTOMATIC1111/stable-diffusion-webui/discussions/8457, as in
    /// stable-diffusion.cpp: the estimate is extrapolated by the shorter of this step and the last
    /// in units of the longer, and integrated over the mean of the two instead of this step. So the
    /// estimate's weight is right only between equal steps in `lambda`. Over levels whose steps in
    /// `lambda` become short it is of first order. Over those of a flow, where the last ones stay
    /// long, it does not converge, and is therefore not among ``Samplers``.
    case meanStep
  }

  /// What is made of the last two estimates.
  public let variant: Variant

  private var last: (x0: Tensor, h: Double)?

  /// The error falls with the square of the step, or in proportion to it.
  public var order: Int { variant == .published ? 2 : 1 }

  /// The flow is deterministic.
  public var isStochastic: Bool { false }

  /// The sampler, without a memory yet.
  public init(_ variant: Variant = .published) {
    self.variant = variant
  }

  /// Extrapolates the estimates of this step and the last, and follows them.
  public mutating func step(
    _ x: Tensor, from t: NoiseLevel, to s: NoiseLevel, denoiser: some Denoiser,
    noise: NoiseSource
  ) throws -> Tensor {
    let x0 = try denoiser(x, at: t)
    guard s.sigma > 0 else { return s.alpha * x0 }
    let h = (s.logSNR - t.logSNR) / 2
    defer { last = (x0, h) }
    guard let last, last.h.isFinite else { return t.moved(x, to: s, x0: x0) }
    let (r, length) =
      variant == .published
      ? (last.h / h, h) : (max(h, last.h) / min(h, last.h), (h + last.h) / 2)
    let d = (1 + 1 / (2 * r)) * x0 - 1 / (2 * r) * last.x0
    return s.sigma / t.sigma * x - s.alpha * expm1(-length) * d
  }
}
