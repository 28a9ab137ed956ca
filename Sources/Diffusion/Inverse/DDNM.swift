public import Torch

/// Estimates that agree with what was measured, for measurements without noise.
///
/// Wang et al. 2023, https://arxiv.org/abs/2212.00490: the part of the estimate that is measured is
/// replaced, `x0 + A⁺ (y - A x0)`, and the rest, the null space, is left to the prior. Any sampler
/// then ends with `A x = A A⁺ y`. Their time travel is ``RePaint``'s resampling; for noisy
/// measurements see ``DDNMPlus``.
public struct DDNM<Base: Denoiser>: Denoiser {
  private let base: Base
  private let measurement: LinearMeasurement

  /// The denoiser of samples with these measurements, whose noise is not looked at.
  public init(_ base: Base, measurement: LinearMeasurement) {
    self.base = base
    self.measurement = measurement
  }

  /// Estimates `x0` by the base and replaces what was measured.
  public func callAsFunction(_ x: Tensor, at level: NoiseLevel) throws -> Tensor {
    measurement.replaced(in: try base(x, at: level))
  }
}
