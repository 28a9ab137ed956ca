internal import Torch

extension Emitters {
  /// Convolutions, normalizations and tables.
  static let layers: [String: Emitter] = [
    "aten::conv1d": convolution,
    "aten::conv2d": convolution,
    "aten::group_norm": { (translation, operation) throws(CompilerError) in
      let x = try translation.tensor(operation, 0)
      var factors: [Graph.Node] = []
      for (place, value) in [(2, 1.0), (3, 0.0)] {
        if let given = try translation.optionalTensor(operation, place) {
          factors.append(given)
        } else {
          let plain = Tensor.full([x.shape[1]], .real(value), dtype: x.dtype)
          factors.append(try translation.constant(plain))
        }
      }
      return [
        try translation.layer(
          "GroupNormalization", in: 12, [x] + factors,
          [
            "num_groups": "\(try operation.integer(1))",
            "epsilon": "\(try operation.number(4))",
          ], like: operation.result)
      ]
    },
    "aten::layer_norm": { (translation, operation) throws(CompilerError) in
      let x = try translation.tensor(operation, 0)
      let count = try operation.integers(1).count
      let axes = try translation.integers(Array(x.shape.count - count..<x.shape.count))
      var y = try translation.layer(
        "MVN", in: 6, [x, axes],
        [
          "normalize_variance": "true", "eps": "\(try operation.number(4))",
          "eps_mode": "inside_sqrt",
        ], like: operation.result)
      for (place, type) in [(2, "Multiply"), (3, "Add")] {
        guard let factor = try translation.optionalTensor(operation, place) else { continue }
        y = try translation.layer(type, [y, factor], like: operation.result)
      }
      return [y]
    },
    "aten::embedding": { (translation, operation) throws(CompilerError) in
      let (table, places) = (
        try translation.tensor(operation, 0), try translation.tensor(operation, 1)
      )
      return [try translation.gathered(table, places, dim: 0, like: operation.result)]
    },
    "aten::index_select": { (translation, operation) throws(CompilerError) in
      let (x, places) = (
        try translation.tensor(operation, 0), try translation.tensor(operation, 2)
      )
      let dim = try operation.dim(1, rank: x.shape.count)
      return [try translation.gathered(x, places, dim: dim, like: operation.result)]
    },
  ]

  private static let convolution: Emitter = { (translation, operation) throws(CompilerError) in
    let x = try translation.tensor(operation, 0)
    var weight = try translation.tensor(operation, 1)
    let axes = x.shape.count - 2
    func each(_ place: Int) throws(CompilerError) -> String {
      let values = try operation.integers(place)
      return list(values.count == 1 ? Array(repeating: values[0], count: axes) : values)
    }
    let groups = try operation.integer(6)
    if groups > 1 {
      let (outputs, rest) = (weight.shape[0], weight.shape.dropFirst())
      weight = try translation.reshaped(weight, [groups, outputs / groups] + rest)
    }
    let (stride, padding, dilation) = (try each(3), try each(4), try each(5))
    let y = try translation.layer(
      groups > 1 ? "GroupConvolution" : "Convolution", [x, weight],
      [
        "strides": stride, "dilations": dilation, "pads_begin": padding, "pads_end": padding,
        "auto_pad": "explicit",
      ], like: operation.result)
    guard let bias = try translation.optionalTensor(operation, 2) else { return [y] }
    let column = try translation.reshaped(
      bias, [1, bias.shape[0]] + Array(repeating: 1, count: axes))
    return [try translation.layer("Add", [y, column], like: operation.result)]
  }
}

extension Translation {
  /// The parts of a tensor at places along a dimension.
  fileprivate mutating func gathered(
    _ node: Node, _ places: Node, dim: Int, like result: Recording.Value
  ) throws(CompilerError) -> Node {
    try layer("Gather", in: 8, [node, places, integer(dim)], ["batch_dims": "0"], like: result)
  }
}
