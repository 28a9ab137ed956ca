package import Foundation

/// A `model.safetensors.index.json`: which file of several holds which tensor.
package struct ShardIndex: Sendable {
  /// The names of the files' tensors, by the files' names.
  package let tensors: [String: Set<String>]

  /// Reads an index.
  ///
  /// - Parameter url: The file; those that it names stand beside it.
  /// - Throws: `CheckpointError` if it is no index, or names a file elsewhere.
  package init(contentsOf url: URL) throws(CheckpointError) {
    let file = try MappedFile(url)
    guard file.count <= HeaderParser.limit else {
      throw .headerTooLong(
        file: file.path, found: UInt64(file.count), limit: HeaderParser.limit)
    }
    let weights = try file.withBytes(0..<file.count) { text throws(CheckpointError) in
      try Self.weightMap(of: text, file: file.path)
    }
    tensors = Dictionary(grouping: weights.keys, by: { weights[$0, default: ""] })
      .mapValues(Set.init)
  }

  private static func weightMap(
    of text: UnsafeRawBufferPointer, file: String
  ) throws(CheckpointError) -> [String: String] {
    var reader = JSONReader(text, file: file)
    var weights: [String: String]?
    var fields = try reader.object()
    while try reader.hasNext(&fields) {
      guard try reader.name() == "weight_map" else {
        try reader.skip()
        continue
      }
      guard weights == nil else {
        throw .repeated(file: file, what: "the field", name: "weight_map")
      }
      weights = try weightMap(&reader)
    }
    try reader.end()
    guard let weights else {
      throw .shard(file: file, expected: "a field weight_map", found: "none")
    }
    return weights
  }

  private static func weightMap(
    _ reader: inout JSONReader
  ) throws(CheckpointError) -> [String: String] {
    var weights: [String: String] = [:]
    var fields = try reader.object()
    while try reader.hasNext(&fields) {
      let tensor = try reader.name()
      let name = try reader.string()
      let isPlain = !name.utf8.contains { [0, UInt8(ascii: "/"), UInt8(ascii: "\\")].contains($0) }
      guard isPlain, !["", ".", ".."].contains(name) else {
        throw .shard(
          file: reader.file, expected: "the name of a file beside the index for \(tensor)",
          found: name.debugDescription)
      }
      guard weights.updateValue(name, forKey: tensor) == nil else {
        throw .repeated(file: reader.file, what: "a tensor", name: tensor)
      }
    }
    return weights
  }
}
