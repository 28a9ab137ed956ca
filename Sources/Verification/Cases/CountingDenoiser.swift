package import Diffusion
package import Torch

/// A denoiser that counts its evaluations.
package final class CountingDenoiser<Base: Denoiser>: Denoiser {
  private let base: Base

  /// How often it was asked.
  package private(set) var count = 0

  /// The denoiser that counts how often `base` is asked.
  package init(_ base: Base) {
    self.base = base
  }

  /// Estimates `x0` by the base.
  package func callAsFunction(_ x: Tensor, at level: NoiseLevel) throws -> Tensor {
    count += 1
    return try base(x, at: level)
  }
}
