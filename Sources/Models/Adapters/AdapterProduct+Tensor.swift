internal import Torch

extension AdapterProduct<Tensor> {
  /// The difference, for factors that fit one another.
  func callAsFunction() -> Tensor {
    switch self {
    case .full(let difference): return difference
    case .matrix(let up, let down):
      let shape = [up.shape[0]] + down.shape.sizes[1...]
      return Self.matrix(up).matmul(down.reshaped(down.shape[0], -1)).reshaped(shape)
    case .tucker(let core, let up, let down):
      // Σ over m: [o, m] [m, n · k]; then over n: [o, k, n] [n, i].
      let (outputs, inner, inputs) = (up.shape[0], core.shape[1], down.shape[1])
      let half = Self.matrix(up).matmul(core.reshaped(core.shape[0], -1))
        .reshaped(outputs, inner, -1).permuted(0, 2, 1)
      return half.matmul(Self.matrix(down)).permuted(0, 2, 1)
        .reshaped([outputs, inputs] + core.shape.sizes[2...])
    case .hadamard(let a, let b): return a() * b()
    case .kronecker(let a, let b):
      let (first, second) = (a(), b())
      let (rows, columns) = (first.shape[0], first.shape[1])
      let shape = second.shape.sizes
      let blocks =
        first.reshaped(rows, 1, columns, 1, 1) * second.reshaped(1, shape[0], 1, shape[1], -1)
      return blocks.reshaped([rows * shape[0], columns * shape[1]] + shape[2...])
    }
  }

  /// A kernel of one element as the matrix that it is.
  private static func matrix(_ tensor: Tensor) -> Tensor {
    tensor.reshaped(tensor.shape[0], tensor.shape[1])
  }
}
