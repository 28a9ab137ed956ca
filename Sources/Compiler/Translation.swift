internal import Torch

/// A recording on its way to OpenVINO's operations.
struct Translation {
  typealias Node = Graph.Node

  /// What there is of the graph.
  private(set) var graph = Graph()
  /// The outputs that are inputs, by their places: OpenVINO writes no output that it does not
  /// compute.
  private(set) var passed: [Int: Int] = [:]
  private let recording: Recording
  private var nodes: [Recording.Number: Node] = [:]

  /// Translates a whole recording.
  init(_ recording: Recording) throws(CompilerError) {
    self.recording = recording
    for number in recording.inputs {
      let value = recording.tensors[number]
      nodes[number] = try graph.input(shape: value.shape, dtype: value.dtype)
    }
    for call in recording.calls {
      let operation = Operation(call, recording.tensors)
      guard let emitter = Emitters.all[call.name] else { throw .unknownOperation(call.name) }
      let results = try emitter(&self, operation)
      for (number, node) in zip(call.results, results) where nodes[number] == nil {
        nodes[number] = node
      }
    }
    for (place, number) in recording.outputs.enumerated() {
      let node = try node(number)
      if let input = recording.inputs.firstIndex(where: { nodes[$0] == node }) {
        passed[place] = input
      } else {
        try graph.output(node)
      }
    }
  }

  /// The node of a tensor of the recording.
  mutating func node(_ number: Recording.Number) throws(CompilerError) -> Node {
    if let node = nodes[number] { return node }
    guard let constant = recording.tensors[number].constant else {
      throw .argument(operation: "a tensor", expected: "one that an operation made", found: "none")
    }
    let node = try graph.constant(constant)
    nodes[number] = node
    return node
  }

  /// The tensor at a place among the arguments of an operation.
  mutating func tensor(_ operation: Operation, _ index: Int) throws(CompilerError) -> Node {
    try node(operation.tensor(index))
  }

  /// The tensor at a place, if there is one.
  mutating func optionalTensor(
    _ operation: Operation, _ index: Int
  ) throws(CompilerError) -> Node? {
    guard let number = operation.optionalTensor(index) else { return nil }
    return try node(number)
  }
}

/// Layers that many operations need.
extension Translation {
  /// A layer with one result.
  mutating func layer(
    _ type: String, in set: Int = 1, _ inputs: [Node],
    _ attributes: KeyValuePairs<String, String> = [:], like result: Recording.Value
  ) throws(CompilerError) -> Node {
    try graph.layer(type, in: set, inputs, attributes, shape: result.shape, dtype: result.dtype)
  }

  /// A layer with several results.
  mutating func layers(
    _ type: String, _ inputs: [Node], like results: [Recording.Value]
  ) throws(CompilerError) -> [Node] {
    try graph.layer(type, in: 1, inputs, results: results.map { ($0.shape, $0.dtype) })
  }

  /// A tensor that is the same in every call.
  mutating func constant(_ tensor: Tensor) throws(CompilerError) -> Node {
    try graph.constant(tensor)
  }

  /// Whole numbers that say how a layer works: sizes, axes, places.
  mutating func integers(_ values: [Int]) throws(CompilerError) -> Node {
    try constant(Tensor(values))
  }

  /// One whole number.
  mutating func integer(_ value: Int) throws(CompilerError) -> Node { try constant(Tensor(value)) }

  /// One number for all elements.
  mutating func number(_ value: Double, _ dtype: DType) throws(CompilerError) -> Node {
    try constant(Tensor(value).converted(to: dtype))
  }

  /// The same numbers in another type.
  mutating func converted(_ node: Node, to dtype: DType) throws(CompilerError) -> Node {
    guard node.dtype != dtype else { return node }
    return try graph.layer(
      "Convert", in: 1, [node], ["destination_type": ElementType(dtype).name], shape: node.shape,
      dtype: dtype)
  }

  /// The same elements in another shape.
  mutating func reshaped(_ node: Node, _ shape: [Int]) throws(CompilerError) -> Node {
    guard node.shape != shape else { return node }
    return try graph.layer(
      "Reshape", in: 1, [node, integers(shape)], ["special_zero": "false"], shape: shape,
      dtype: node.dtype)
  }

  /// A part along a dimension.
  mutating func sliced(
    _ node: Node, dim: Int, _ range: Range<Int>
  ) throws(CompilerError) -> Node {
    var shape = node.shape
    shape[dim] = range.count
    return try graph.layer(
      "Slice", in: 8,
      [
        node, integers([range.lowerBound]), integers([range.upperBound]), integers([1]),
        integers([dim]),
      ], shape: shape, dtype: node.dtype)
  }

  /// Nodes one after the other along a dimension.
  mutating func concatenated(_ nodes: [Node], dim: Int) throws(CompilerError) -> Node {
    guard let first = nodes.first, nodes.count > 1 else { return nodes[0] }
    var shape = first.shape
    shape[dim] = nodes.reduce(0) { $0 + $1.shape[dim] }
    return try graph.layer(
      "Concat", in: 1, nodes, ["axis": "\(dim)"], shape: shape, dtype: first.dtype)
  }
}
