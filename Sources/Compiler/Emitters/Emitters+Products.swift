internal import Torch

extension Emitters {
  /// Products of matrices.
  static let products: [String: Emitter] = [
    "aten::matmul": product,
    "aten::bmm": product,
    "aten::mm": product,
    "aten::linear": { (translation, operation) throws(CompilerError) in
      let (x, weight) = (
        try translation.tensor(operation, 0), try translation.tensor(operation, 1)
      )
      let product = try translation.layer(
        "MatMul", [x, weight], ["transpose_a": "false", "transpose_b": "true"],
        like: operation.result)
      guard let bias = try translation.optionalTensor(operation, 2) else { return [product] }
      return [try translation.layer("Add", [product, bias], like: operation.result)]
    },
    "aten::scaled_dot_product_attention": attention,
  ]

  private static let product: Emitter = { (translation, operation) throws(CompilerError) in
    let pair = [try translation.tensor(operation, 0), try translation.tensor(operation, 1)]
    let plain: KeyValuePairs = ["transpose_a": "false", "transpose_b": "false"]
    return [try translation.layer("MatMul", pair, plain, like: operation.result)]
  }

  /// `softmax(q kᵀ · scale + mask) v`; without a scale of its own, `1 / √d`.
  private static let attention: Emitter = { (translation, operation) throws(CompilerError) in
    guard try operation.number(4) == 0 else { throw operation.wrong(4, "no dropout") }
    var query = try translation.tensor(operation, 0)
    if let scale = try operation.optionalNumber(6) {
      query = try translation.times(query, scale * Double(query.shape.last ?? 1).squareRoot())
    }
    var inputs = [
      query, try translation.tensor(operation, 1), try translation.tensor(operation, 2),
    ]
    if let mask = try translation.optionalTensor(operation, 3) { inputs.append(mask) }
    return [
      try translation.layer(
        "ScaledDotProductAttention", in: 13, inputs,
        ["causal": try operation.bool(5) ? "true" : "false"], like: operation.result)
    ]
  }
}
