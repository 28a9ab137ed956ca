public import Torch

internal import Foundation

/// DPM-Solver++ with two steps' memory.
///
/// Lu et al. 2022, algorithm 2, https://arxiv.org/abs/2211.01095, with `lambda` half of
/// ``NoiseLevel/logSNR``. Second order with one evaluation a step. The first step, the step after
/// one from pure noise (whose length in `lambda` is infinite) and a step to a clean level are of
/// first order.
public struct DPMSolverPlusPlus2M: Sampler {
  private var last: (x0: Tensor, h: Double)?

  /// The error falls with the square of the step.
  public var order: Int { 2 }

  /// The flow is deterministic.
  public var isStochastic: Bool { false }

  /// The sampler, without a memory yet.
  public init() {}

  /// Extrapolates the estimates of this step and the last to the middle of the step.
  public mutating func step(
    _ x: Tensor, from t: NoiseLevel, to s: NoiseLevel, denoiser: some Denoiser,
    noise: NoiseSource
  ) throws -> Tensor {
    let x0 = try denoiser(x, at: t)
    guard s.sigma > 0 else { return s.alpha * x0 }
    let h = (s.logSNR - t.logSNR) / 2
    defer { last = (x0, h) }
    var d = x0
    if let last {
      let r = last.h / h
      d = (1 + 1 / (2 * r)) * x0 - 1 / (2 * r) * last.x0
    }
    return s.sigma / t.sigma * x - s.alpha * expm1(-h) * d
  }
}
