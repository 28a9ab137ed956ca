import Torch

extension OperatorCase {
  /// The section "Reductions".
  static let reductions: [OperatorCase] = [
    .one("sum.dim_IntList") { $0[0].sum(dims: [0, -1], keepingDims: true, dtype: .float32) },
    .one("sum.dim_IntList:all") { $0[0].sum() },
    .one("mean.dim") { $0[0].mean(dims: [1], keepingDims: false, dtype: .float32) },
    .one("mean.dim:all") { $0[0].mean(dims: nil, keepingDims: true) },
    .one("var.correction") { $0[0].variance(dims: [0, 2], correction: 0, keepingDims: true) },
    .one("var.correction:all") { $0[0].variance() },
    .one("amax") { $0[0].maximum(dims: [0, 2], keepingDims: true) },
    .one("amax:all") { $0[0].maximum() },
    .one("amin") { $0[0].minimum(dims: [1]) },
    .one("argmax") { $0[0].argmax(dim: 1, keepingDims: true) },
    .one("argmax:all") { $0[0].argmax() },
    .one("cumsum") { $0[0].cumulativeSum(dim: 1) },
    .one("cumprod") { $0[0].cumulativeProduct(dim: 0) },
    .one("logsumexp") { $0[0].logSumExp(dims: [0, 2], keepingDims: true) },
    .one("linalg_vector_norm") { $0[0].vectorNorm(order: 3, dims: [0, 2], keepingDims: true) },
    .one("linalg_vector_norm:all") { $0[0].vectorNorm() },
    .one("softmax.int") { $0[0].softmax(dim: 0, dtype: .float32) },
    .one("log_softmax.int") { $0[0].logSoftmax(dim: 0, dtype: .float32) },
    .two("topk") { $0[0].topK(2, dim: 0, largest: false, sorted: true) },
    .two("topk:largest") { $0[0].topK(3) },
    .two("sort") { $0[0].sorted(dim: 0, descending: true) },
    .two("sort:last") { $0[0].sorted() },
  ]

  /// The section "Matrices".
  static let matrices: [OperatorCase] = [
    .one("matmul") { $0[0].matmul($0[1]) },
    .one("matmul:float32") { $0[0].matmul($0[1]) },
    .one("bmm") { $0[0].batchMatmul($0[1]) },
    .one("linear") { $0[0].linear($0[1], bias: $0[2]) },
    .one("linear:float32") { $0[0].linear($0[1]) },
    .one("scaled_dot_product_attention") {
      $0[0].scaledDotProductAttention($0[1], $0[2], mask: $0[3], isCausal: false, scale: 0.7)
    },
    .one("scaled_dot_product_attention:causal") {
      $0[0].scaledDotProductAttention($0[1], $0[2], isCausal: true)
    },
    .one("scaled_dot_product_attention:float32") {
      $0[0].scaledDotProductAttention($0[1], $0[2])
    },
    .two("linalg_eigh") {
      let (values, vectors) = $0[0].eigh(uplo: "U")
      return (values, vectors.absolute())
    },
    .one("linalg_cholesky") { $0[0].cholesky() },
    .one("linalg_inv") { $0[0].inverse() },
  ]
}
