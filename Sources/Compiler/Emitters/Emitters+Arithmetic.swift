internal import Torch

extension Emitters {
  /// Sums, products and powers, element by element; shapes broadcast as in LibTorch.
  static let arithmetic: [String: Emitter] = [
    "aten::add.Tensor": scaled("Add"),
    "aten::sub.Tensor": scaled("Subtract"),
    "aten::mul.Tensor": binary("Multiply"),
    "aten::div.Tensor": binary("Divide"),
    "aten::minimum": binary("Minimum"),
    "aten::maximum": binary("Maximum"),
    "aten::pow.Tensor_Tensor": binary("Power"),
    "aten::add.Scalar": withScalar("Add"),
    "aten::sub.Scalar": withScalar("Subtract"),
    "aten::mul.Scalar": withScalar("Multiply"),
    "aten::div.Scalar": withScalar("Divide"),
    "aten::pow.Tensor_Scalar": withScalar("Power"),
    "aten::rsub.Scalar": { (translation, operation) throws(CompilerError) in
      let (x, number) = try withNumber(&translation, operation)
      return [try translation.layer("Subtract", [number, x], like: operation.result)]
    },
    "aten::reciprocal": { (translation, operation) throws(CompilerError) in
      let (x, dtype) = (try translation.tensor(operation, 0), operation.result.dtype)
      let (one, own) = (
        try translation.number(1, dtype), try translation.converted(x, to: dtype)
      )
      return [try translation.layer("Divide", [one, own], like: operation.result)]
    },
    "aten::addcmul": { (translation, operation) throws(CompilerError) in
      let dtype = operation.result.dtype
      var factors: [Graph.Node] = []
      for place in 1...2 {
        factors.append(
          try translation.converted(try translation.tensor(operation, place), to: dtype))
      }
      let product = try translation.product(factors[0], factors[1])
      let scaled = try translation.times(product, try operation.optionalNumber(3) ?? 1)
      let x = try translation.converted(try translation.tensor(operation, 0), to: dtype)
      return [try translation.layer("Add", [x, scaled], like: operation.result)]
    },
  ]

  /// Two tensors in the type of the result.
  private static func binary(_ type: String) -> Emitter {
    { (translation, operation) throws(CompilerError) in
      [try translation.pair(type, operation, scale: 1)]
    }
  }

  /// Two tensors, the second of which is multiplied by `alpha` first.
  private static func scaled(_ type: String) -> Emitter {
    { (translation, operation) throws(CompilerError) in
      let alpha = try operation.optionalNumber(2) ?? 1
      return [try translation.pair(type, operation, scale: alpha)]
    }
  }

  /// A tensor and one number.
  private static func withScalar(_ type: String) -> Emitter {
    { (translation, operation) throws(CompilerError) in
      let (x, number) = try withNumber(&translation, operation)
      return [try translation.layer(type, [x, number], like: operation.result)]
    }
  }

  private static func withNumber(
    _ translation: inout Translation, _ operation: Operation
  ) throws(CompilerError) -> (x: Graph.Node, number: Graph.Node) {
    let dtype = operation.result.dtype
    let x = try translation.converted(try translation.tensor(operation, 0), to: dtype)
    let alpha = try operation.optionalNumber(2) ?? 1
    return (x, try translation.number(try operation.number(1) * alpha, dtype))
  }
}

extension Translation {
  fileprivate mutating func pair(
    _ type: String, _ operation: Operation, scale: Double
  ) throws(CompilerError) -> Node {
    let dtype = operation.result.dtype
    let first = try converted(try tensor(operation, 0), to: dtype)
    let second = try converted(try tensor(operation, 1), to: dtype)
    return try layer(type, [first, try times(second, scale)], like: operation.result)
  }

  /// A node times a number.
  mutating func times(_ node: Node, _ scale: Double) throws(CompilerError) -> Node {
    guard scale != 1 else { return node }
    return try product(node, try number(scale, node.dtype))
  }

  /// The product of two nodes of one type.
  mutating func product(_ a: Node, _ b: Node) throws(CompilerError) -> Node {
    let shape = broadcast(a.shape, b.shape)
    return try layer(
      "Multiply", [a, b], like: Recording.Value(shape: shape, dtype: a.dtype))
  }
}

/// The shape that two shapes have together.
private func broadcast(_ a: [Int], _ b: [Int]) -> [Int] {
  let rank = max(a.count, b.count)
  func filled(_ shape: [Int]) -> [Int] {
    Array(repeating: 1, count: rank - shape.count) + shape
  }
  return zip(filled(a), filled(b)).map { $0 == 1 ? $1 : $0 }
}
