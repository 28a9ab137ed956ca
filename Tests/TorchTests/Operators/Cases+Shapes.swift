import Torch

extension OperatorCase {
  /// The section "Shape".
  static let shapes: [OperatorCase] = [
    .one("reshape") { $0[0].reshaped([3, -1]) },
    .one("permute") { $0[0].permuted([2, 0, 1]) },
    .one("transpose.int") { $0[0].transposed(0, 2) },
    .one("unsqueeze") { $0[0].unsqueezed(1) },
    .one("squeeze.dim") { $0[0].squeezed(-2) },
    .one("flatten.using_ints") { $0[0].flattened(from: 1, to: 2) },
    .one("expand") { $0[0].expanded([2, -1, 4]) },
    .one("repeat") { $0[0].repeated([2, 1, 3]) },
    .one("repeat_interleave.self_int") { $0[0].repeatInterleaved(2, dim: 0) },
    .one("repeat_interleave.self_int:all") { $0[0].repeatInterleaved(3) },
    .one("cat") { $0.concatenated(dim: 1) },
    .one("stack") { $0.stacked(dim: 1) },
    .many("chunk") { $0[0].chunked(2, dim: 1) },
    .many("split_with_sizes") { $0[0].split(sizes: [1, 3, 2], dim: 1) },
    .one("narrow") { $0[0].narrowed(dim: 1, start: 2, length: 3) },
    .one("select.int") { $0[0].selected(dim: 1, index: 2) },
    .one("index_select") { $0[0].indexSelected(dim: 1, $0[1]) },
    .one("gather") { $0[0].gathered(dim: 1, $0[1]) },
    .one("index_add") { $0[0].indexAdded(dim: 0, at: $0[1], $0[2]) },
    .one("flip") { $0[0].flipped([0, 1]) },
    .one("roll") { $0[0].rolled([1, 2], dims: [1, 0]) },
    .one("tril") { $0[0].lowerTriangle(diagonal: 1) },
    .one("one_hot") { $0[0].oneHot(5) },
    .one("contiguous") { $0[0].contiguous(memoryFormat: .channelsLast) },
    .one("clone") { $0[0].cloned() },
    .one("detach") { $0[0].detached() },
    .one("to.dtype") { $0[0].converted(to: .float32, copy: true) },
    .one("to.dtype:whole") { $0[0].converted(to: .int16) },
  ]

  /// The section "In place".
  static let changes: [OperatorCase] = [
    .change("add_.Tensor") { $0.add($1[1], alpha: 0.5) },
    .change("mul_.Scalar") { target, _ in target.multiply(by: .real(-2.5)) },
    .change("copy_") { $0.copy(from: $1[1]) },
    .change("zero_") { target, _ in target.zero() },
    .change("lerp_.Scalar") { $0.lerp(to: $1[1], weight: 0.3) },
    .many("_foreach_lerp_.Scalar") { x in
      changing(x.prefix(2)) { $0.lerpEach(to: Array(x[2...]), weight: 0.3) }
    },
    .many("_foreach_mul_.Scalar") { x in changing(x[...]) { $0.multiplyEach(by: -2.5) } },
    .many("_foreach_copy_") { x in
      changing(x.prefix(2)) { $0.copyEach(from: Array(x[2...])) }
    },
    .many("_foreach_norm.Scalar") { $0.normEach(order: 3) },
    .many("_fused_adamw_", fusedAdamW),
  ]

  /// Copies of the tensors, after `change`.
  private static func changing(
    _ tensors: ArraySlice<Tensor>, _ change: ([Tensor]) -> Void
  ) -> [Tensor] {
    let copies = tensors.map { $0.cloned() }
    change(copies)
    return copies
  }

  /// Weights, two averages, maxima and steps after a step of AdamW.
  @Sendable private static func fusedAdamW(_ x: [Tensor]) -> [Tensor] {
    let pairs = stride(from: 0, to: x.count, by: 2).map { x[$0..<$0 + 2].map { $0.cloned() } }
    pairs[0].fusedAdamW(
      gradients: pairs[1], averages: pairs[2], squares: pairs[3], maxima: pairs[4],
      steps: pairs[5], learningRate: 0.1, beta1: 0.7, beta2: 0.8, weightDecay: 0.2, eps: 0.3,
      amsgrad: true, maximize: true)
    return pairs[0] + pairs[2...].flatMap { $0 }
  }
}
