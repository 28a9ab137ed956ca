internal import Torch

extension Emitters {
  /// The same elements by other names, in another order, or several times.
  static let shapes: [String: Emitter] = [
    "aten::reshape": renaming,
    "aten::view": renaming,
    "aten::flatten.using_ints": renaming,
    "aten::unsqueeze": renaming,
    "aten::squeeze.dim": renaming,
    "aten::permute": { (translation, operation) throws(CompilerError) in
      let x = try translation.tensor(operation, 0)
      return [try translation.ordered(x, try operation.dims(1, rank: x.shape.count), operation)]
    },
    "aten::transpose.int": { (translation, operation) throws(CompilerError) in
      let x = try translation.tensor(operation, 0)
      var order = Array(x.shape.indices)
      order.swapAt(
        try operation.dim(1, rank: order.count), try operation.dim(2, rank: order.count))
      return [try translation.ordered(x, order, operation)]
    },
    "aten::expand": { (translation, operation) throws(CompilerError) in
      let x = try translation.tensor(operation, 0)
      let shape = try translation.integers(operation.result.shape)
      return [
        try translation.layer(
          "Broadcast", in: 3, [x, shape], ["mode": "numpy"], like: operation.result)
      ]
    },
    "aten::repeat": { (translation, operation) throws(CompilerError) in
      let x = try translation.tensor(operation, 0)
      let times = try translation.integers(try operation.integers(1))
      return [try translation.layer("Tile", [x, times], like: operation.result)]
    },
  ]

  /// Several tensors as one, and parts of one.
  static let parts: [String: Emitter] = [
    "aten::cat": { (translation, operation) throws(CompilerError) in
      let nodes = try translation.elements(operation)
      let dim = try operation.dim(1, rank: operation.result.shape.count)
      return [try translation.concatenated(nodes, dim: dim)]
    },
    "aten::stack": { (translation, operation) throws(CompilerError) in
      let dim = try operation.dim(1, rank: operation.result.shape.count)
      var shape = operation.result.shape
      shape[dim] = 1
      var nodes: [Graph.Node] = []
      for node in try translation.elements(operation) {
        nodes.append(try translation.reshaped(node, shape))
      }
      return [try translation.concatenated(nodes, dim: dim)]
    },
    "aten::chunk": split,
    "aten::split_with_sizes": split,
    "aten::narrow": { (translation, operation) throws(CompilerError) in
      let x = try translation.tensor(operation, 0)
      let dim = try operation.dim(1, rank: x.shape.count)
      let start = try operation.dim(2, rank: x.shape[dim])
      return [
        try translation.sliced(x, dim: dim, start..<start + operation.result.shape[dim])
      ]
    },
    "aten::select.int": { (translation, operation) throws(CompilerError) in
      let x = try translation.tensor(operation, 0)
      let dim = try operation.dim(1, rank: x.shape.count)
      let place = try operation.dim(2, rank: x.shape[dim])
      let part = try translation.sliced(x, dim: dim, place..<place + 1)
      return [try translation.reshaped(part, operation.result.shape)]
    },
  ]

  /// The same numbers, or those in another type.
  static let identities: [String: Emitter] = Dictionary(
    uniqueKeysWithValues: [
      "aten::contiguous", "aten::clone", "aten::detach", "aten::alias", "aten::to.dtype",
    ].map { name in
      let same: Emitter = { (translation, operation) throws(CompilerError) in
        let x = try translation.tensor(operation, 0)
        return [try translation.converted(x, to: operation.result.dtype)]
      }
      return (name, same)
    })

  private static let renaming: Emitter = { (translation, operation) throws(CompilerError) in
    let x = try translation.tensor(operation, 0)
    return [try translation.reshaped(x, operation.result.shape)]
  }

  private static let split: Emitter = { (translation, operation) throws(CompilerError) in
    let x = try translation.tensor(operation, 0)
    let dim = try operation.dim(2, rank: x.shape.count)
    let lengths = operation.results.map { $0.shape[dim] }
    guard lengths.count > 1 else { return [x] }
    return try translation.layers(
      "VariadicSplit", [x, try translation.integer(dim), try translation.integers(lengths)],
      like: operation.results)
  }
}

extension Translation {
  /// The dimensions in another order.
  fileprivate mutating func ordered(
    _ node: Node, _ order: [Int], _ operation: Operation
  ) throws(CompilerError) -> Node {
    try layer("Transpose", [node, integers(order)], like: operation.result)
  }

  /// The tensors of a list, in the type of the result.
  fileprivate mutating func elements(_ operation: Operation) throws(CompilerError) -> [Node] {
    var nodes: [Node] = []
    for number in try operation.tensors(0) {
      nodes.append(try converted(try node(number), to: operation.result.dtype))
    }
    return nodes
  }
}
