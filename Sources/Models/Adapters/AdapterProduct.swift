/// What an adapter adds to a weight, as the product of small factors that its file has.
///
/// A factor is whatever stands for one: its name in the file, its shape or its numbers. So the same
/// formula is checked by shapes before it is computed.
indirect enum AdapterProduct<Factor> {
  /// The difference itself.
  case full(Factor)
  /// `B A`, of `B`, `[outputs, rank]`, and `A`, `[rank, inputs, …]`: LoRA.
  ///
  /// Hu et al. 2021, https://arxiv.org/abs/2106.09685. A kernel is taken as the matrix
  /// `[outputs, inputs · height · width]`.
  case matrix(up: Factor, down: Factor)
  /// A kernel `[rank, rank, height, width]` between two matrices: `Δ[o, i] = Σ B[o, m] C[m, n] A[n,
  /// i]`.
  ///
  /// The Tucker decomposition of LyCORIS, Yeh et al. 2023, https://arxiv.org/abs/2309.14859.
  case tucker(core: Factor, up: Factor, down: Factor)
  /// Two of them, element by element: LoHa of LyCORIS.
  case hadamard(AdapterProduct, AdapterProduct)
  /// Every element of the first times the whole second: LoKr of LyCORIS.
  case kronecker(AdapterProduct, AdapterProduct)

  /// The same product of what stands for the factors elsewhere.
  func mapped<Other>(_ transform: (Factor) throws -> Other) rethrows -> AdapterProduct<Other> {
    switch self {
    case .full(let factor): .full(try transform(factor))
    case .matrix(let up, let down): .matrix(up: try transform(up), down: try transform(down))
    case .tucker(let core, let up, let down):
      .tucker(core: try transform(core), up: try transform(up), down: try transform(down))
    case .hadamard(let a, let b): .hadamard(try a.mapped(transform), try b.mapped(transform))
    case .kronecker(let a, let b): .kronecker(try a.mapped(transform), try b.mapped(transform))
    }
  }

  /// The factor whose first dimension is the rank; none where nothing is decomposed.
  ///
  /// Of a Kronecker product it is the second's, as ComfyUI has it; LyCORIS gives both one rank.
  var ranked: Factor? {
    switch self {
    case .full: nil
    case .matrix(_, let down), .tucker(_, _, let down): down
    case .hadamard(let a, _): a.ranked
    case .kronecker(let a, let b): b.ranked ?? a.ranked
    }
  }
}

extension AdapterProduct: Sendable where Factor: Sendable {}

extension AdapterProduct<[Int]> {
  /// The shape of the difference; none where the factors do not fit one another.
  var shape: [Int]? {
    switch self {
    case .full(let shape): return shape
    case .matrix(let up, let down):
      guard up.count >= 2, down.count >= 2, up[1] == down[0], up[2...].allSatisfy({ $0 == 1 })
      else { return nil }
      return [up[0]] + down[1...]
    case .tucker(let core, let up, let down):
      guard core.count >= 2, isMatrix(up), isMatrix(down), up[1] == core[0], core[1] == down[0]
      else { return nil }
      return [up[0], down[1]] + core[2...]
    case .hadamard(let a, let b):
      guard let shape = a.shape, shape == b.shape else { return nil }
      return shape
    case .kronecker(let a, let b):
      guard let first = a.shape, isMatrix(first), let second = b.shape, second.count >= 2 else {
        return nil
      }
      return [first[0] * second[0], first[1] * second[1]] + second[2...]
    }
  }

  private func isMatrix(_ shape: [Int]) -> Bool {
    shape.count >= 2 && shape[2...].allSatisfy { $0 == 1 }
  }
}
