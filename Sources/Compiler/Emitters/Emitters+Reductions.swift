internal import Torch

extension Emitters {
  /// Sums and the like over dimensions.
  static let reductions: [String: Emitter] = [
    "aten::sum.dim_IntList": reduction("ReduceSum"),
    "aten::mean.dim": reduction("ReduceMean"),
    "aten::amax": reduction("ReduceMax"),
    "aten::amin": reduction("ReduceMin"),
    "aten::softmax.int": { (translation, operation) throws(CompilerError) in
      let dtype = operation.result.dtype
      let x = try translation.converted(try translation.tensor(operation, 0), to: dtype)
      let dim = try operation.dim(1, rank: x.shape.count)
      return [
        try translation.layer("SoftMax", in: 8, [x], ["axis": "\(dim)"], like: operation.result)
      ]
    },
  ]

  private static func reduction(_ type: String) -> Emitter {
    { (translation, operation) throws(CompilerError) in
      let dtype = operation.result.dtype
      let x = try translation.converted(try translation.tensor(operation, 0), to: dtype)
      let axes = try translation.integers(try operation.dims(1, rank: x.shape.count))
      let keeps = try operation.bool(2) ? "true" : "false"
      return [
        try translation.layer(type, [x, axes], ["keep_dims": keeps], like: operation.result)
      ]
    }
  }
}
