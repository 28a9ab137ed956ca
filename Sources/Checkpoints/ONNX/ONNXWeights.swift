package import Foundation
package import Torch

/// The weights of an ONNX file: the initializers of its graph, and nothing of what it computes.
///
/// The schema is https://github.com/onnx/onnx/blob/main/onnx/onnx.proto. Elements must be in the
/// file, as raw bytes or as packed `float` or `double` numbers, which are the same bytes.
package struct ONNXWeights: Sendable {
  /// The file.
  package let file: MappedFile
  /// What the writer noted beside the graph.
  package let metadata: [String: String]
  /// The tensors in the order of the file.
  package let entries: TensorTable

  /// The bytes that all names may have together.
  private static let nameLimit = 100_000_000

  /// Maps a file and reads what it says of its tensors; no element is read.
  ///
  /// - Parameter url: The file.
  /// - Throws: `CheckpointError`, the first thing that is wrong.
  package init(contentsOf url: URL) throws(CheckpointError) {
    let file = try MappedFile(url)
    var metadata: [String: String] = [:]
    var graph: Range<Int>?
    var model = ProtobufReader(file)
    while let field = try model.field() {
      switch field.number {
      case 7:
        let found = try model.bytes(field, "the graph")
        guard graph == nil else { throw model.syntax("one graph", "another") }
        graph = found
      case 14:
        let note = try model.bytes(field, "a note")
        let (key, value) = try Self.note(ProtobufReader(file, note))
        guard metadata.updateValue(value, forKey: key) == nil else {
          throw .repeated(file: file.path, what: "a note", name: key)
        }
      default: try model.skip(field)
      }
    }
    guard let graph else { throw model.syntax("a graph", "none; is it an ONNX file?") }
    entries = try Self.tensors(file, graph)
    self.metadata = metadata
    self.file = file
  }

  private static func note(
    _ message: ProtobufReader
  ) throws(CheckpointError) -> (key: String, value: String) {
    var message = message
    var (key, value) = ("", "")
    while let field = try message.field() {
      switch field.number {
      case 1: key = try message.text(field, "a note's key")
      case 2: value = try message.text(field, "a note's value", atMost: 1 << 24)
      default: try message.skip(field)
      }
    }
    return (key, value)
  }

  private static func tensors(
    _ file: MappedFile, _ range: Range<Int>
  ) throws(CheckpointError) -> TensorTable {
    var table = TensorTable()
    var names = 0
    var graph = ProtobufReader(file, range)
    while let field = try graph.field() {
      switch field.number {
      case 5:
        let message = ProtobufReader(file, try graph.bytes(field, "a tensor"))
        let entry = try ONNXTensor(message).entry(file)
        names += entry.name.utf8.count
        guard names <= nameLimit else {
          throw graph.syntax("names of at most \(nameLimit) bytes together", "more")
        }
        guard table.append(entry) else {
          throw .repeated(file: file.path, what: "a tensor", name: entry.name)
        }
      case 15: throw graph.syntax("tensors whose elements are all there", "a sparse one")
      default: try graph.skip(field)
      }
    }
    return table
  }

  /// The names of all tensors, in the order of the file.
  package var names: [String] { entries.map(\.name) }

  /// The tensor of a name, if there is one.
  package subscript(name: String) -> Safetensors.Entry? { entries[name] }

  /// A tensor over the file's own pages, or a copy where they do not align it.
  ///
  /// - Parameter name: The name in the file.
  /// - Returns: The tensor, on the CPU, in the dtype and shape of the file.
  /// - Throws: `CheckpointError` if it is not there or LibTorch has no such elements.
  package func tensor(_ name: String) throws -> Tensor {
    guard let entry = entries[name] else {
      throw CheckpointError.missing(file: file.path, tensor: name)
    }
    return try file.tensor(entry)
  }
}
