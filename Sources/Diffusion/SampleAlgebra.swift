internal import Torch

extension Tensor {
  /// The samples as vectors, `[batch, elements]`, in `float32` at least.
  var rows: Tensor {
    let wide: DType = dtype == .float64 ? .float64 : .float32
    return converted(to: wide).reshaped(shape[0], -1)
  }

  /// One number for each sample, `[batch]`, so that it broadcasts over `x`, `[batch, …]`.
  func broadcast(over x: Tensor) -> Tensor {
    reshaped([x.shape[0]] + [Int](repeating: 1, count: max(x.rank - 1, 0)))
  }

  /// The quotients, and `otherwise` where the divisor is 0.
  func divided(by divisor: Tensor, otherwise: Scalar) -> Tensor {
    (self / divisor).maskedFill(divisor.equal(to: 0), with: otherwise)
  }
}

/// The inner product of each sample of `a` with that of `b`, `[batch, 1, …]`.
func dot(_ a: Tensor, _ b: Tensor) -> Tensor {
  (a.rows * b.rows).sum(dims: [1]).broadcast(over: a)
}

/// The length of each sample of `a`, `[batch, 1, …]`.
func norm(_ a: Tensor) -> Tensor { dot(a, a).squareRoot() }
