internal import Torch

/// A network as OpenVINO reads it: layers, and the edges between them.
///
/// Version 11 of OpenVINO's intermediate representation,
/// https://docs.openvino.ai/2026/documentation/openvino-ir-format.html. Constants are not copied:
/// their offsets count from the lowest address among them.
struct Graph {
  /// A result of a layer.
  struct Node: Equatable {
    fileprivate let layer: Int
    fileprivate let port: Int
    /// Its sizes.
    let shape: [Int]
    /// The type of its elements.
    let dtype: DType
  }

  private enum Body {
    case constant(Tensor)
    case layer(attributes: [(String, String)])
  }

  private struct Layer {
    let type: String
    let set: Int
    let body: Body
    let inputs: [Node]
    let results: [DType]
  }

  private var layers: [Layer] = []

  /// The constants, whose memory the graph speaks of.
  private(set) var constants: [Tensor] = []

  /// An input; inputs are numbered in the order in which they are added.
  mutating func input(shape: [Int], dtype: DType) throws(CompilerError) -> Node {
    try layer(
      "Parameter", in: 1, [], ["shape": list(shape), "element_type": ElementType(dtype).name],
      shape: shape, dtype: dtype)
  }

  /// An output; outputs are numbered in the order in which they are added.
  mutating func output(_ node: Node) throws(CompilerError) {
    layers.append(
      Layer(type: "Result", set: 1, body: .layer(attributes: []), inputs: [node], results: []))
  }

  /// A tensor that is the same in every call.
  mutating func constant(_ tensor: Tensor) throws(CompilerError) -> Node {
    let own = tensor.contiguous()
    _ = try ElementType(own.dtype)
    constants.append(own)
    layers.append(
      Layer(type: "Const", set: 1, body: .constant(own), inputs: [], results: [own.dtype]))
    return Node(layer: layers.count - 1, port: 0, shape: own.shape.sizes, dtype: own.dtype)
  }

  /// A layer with one result.
  ///
  /// - Parameters:
  ///   - type: OpenVINO's name of the operation.
  ///   - set: The set of operations that it is from, 1 for `opset1`.
  ///   - inputs: What it reads.
  ///   - attributes: What else it is told.
  ///   - shape: The shape of the result.
  ///   - dtype: The type of the result.
  /// - Returns: The result.
  /// - Throws: `CompilerError` for a type that there is not.
  mutating func layer(
    _ type: String, in set: Int, _ inputs: [Node],
    _ attributes: KeyValuePairs<String, String> = [:],
    shape: [Int], dtype: DType
  ) throws(CompilerError) -> Node {
    try layer(type, in: set, inputs, attributes, results: [(shape, dtype)])[0]
  }

  /// A layer with several results.
  mutating func layer(
    _ type: String, in set: Int, _ inputs: [Node],
    _ attributes: KeyValuePairs<String, String> = [:],
    results: [(shape: [Int], dtype: DType)]
  ) throws(CompilerError) -> [Node] {
    for result in results { _ = try ElementType(result.dtype) }
    layers.append(
      Layer(
        type: type, set: set, body: .layer(attributes: attributes.map { ($0, $1) }),
        inputs: inputs, results: results.map(\.dtype)))
    return results.enumerated().map { index, result in
      Node(
        layer: layers.count - 1, port: inputs.count + index, shape: result.shape,
        dtype: result.dtype)
    }
  }
}

extension Graph {
  /// The text, for constants whose offsets count from `base`.
  func xml(base: UInt) throws(CompilerError) -> String {
    var text = "<?xml version=\"1.0\"?><net name=\"network\" version=\"11\"><layers>"
    for (number, layer) in layers.enumerated() {
      text += "<layer id=\"\(number)\" name=\"n\(number)\" type=\"\(layer.type)\""
      text += " version=\"opset\(layer.set)\">\(try data(layer.body, base: base))"
      text += ports("input", layer.inputs.indices.map { "<port id=\"\($0)\"/>" })
      var outputs: [String] = []
      for (index, dtype) in layer.results.enumerated() {
        let precision = try ElementType(dtype).precision
        outputs.append("<port id=\"\(layer.inputs.count + index)\" precision=\"\(precision)\"/>")
      }
      text += ports("output", outputs) + "</layer>"
    }
    return text + "</layers><edges>\(edges)</edges></net>"
  }

  private func ports(_ name: String, _ ports: [String]) -> String {
    ports.isEmpty ? "" : "<\(name)>\(ports.joined())</\(name)>"
  }

  private func data(_ body: Body, base: UInt) throws(CompilerError) -> String {
    switch body {
    case .layer(let attributes):
      guard !attributes.isEmpty else { return "" }
      return "<data \(attributes.map { "\($0)=\"\($1)\"" }.joined(separator: " "))/>"
    case .constant(let tensor):
      let name = try ElementType(tensor.dtype).name
      let offset = tensor.withUnsafeMemory { UInt(bitPattern: $0) } - base
      return "<data element_type=\"\(name)\" shape=\"\(list(tensor.shape.sizes))\""
        + " offset=\"\(offset)\" size=\"\(tensor.byteCount)\"/>"
    }
  }

  private var edges: String {
    var text = ""
    for (number, layer) in layers.enumerated() {
      for (port, input) in layer.inputs.enumerated() {
        text += "<edge from-layer=\"\(input.layer)\" from-port=\"\(input.port)\""
        text += " to-layer=\"\(number)\" to-port=\"\(port)\"/>"
      }
    }
    return text
  }

  /// The addresses from the first byte of a constant to the last.
  var addresses: Range<UInt> {
    let ranges = constants.map { tensor in
      let start = tensor.withUnsafeMemory { UInt(bitPattern: $0) }
      return start..<start + UInt(tensor.byteCount)
    }
    return (ranges.map(\.lowerBound).min() ?? 0)..<(ranges.map(\.upperBound).max() ?? 0)
  }
}

/// Numbers as attributes have them.
func list(_ numbers: [Int]) -> String { numbers.map(String.init).joined(separator: ",") }
