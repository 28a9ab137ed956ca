internal import Diffusion
internal import Torch

/// A denoiser that counts its evaluations.
final class CountingDenoiser<Base: Denoiser>: Denoiser {
  private let base: Base
  private(set) var count = 0

  init(_ base: Base) {
    self.base = base
  }

  func callAsFunction(_ x: Tensor, at level: NoiseLevel) throws -> Tensor {
    count += 1
    return try base(x, at: level)
  }
}
