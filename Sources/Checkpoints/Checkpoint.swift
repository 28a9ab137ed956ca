package import Foundation

/// Named tensors of one safetensors file, or of several with an index.
package struct Checkpoint: Sendable {
  /// The files, in the order of their names.
  package let files: [Safetensors]

  private let path: String

  /// Maps a checkpoint and checks its headers; no element is read.
  ///
  /// - Parameter url: A safetensors file, or the index (`….index.json`) of several.
  /// - Throws: `CheckpointError`, the first thing that is wrong.
  package init(contentsOf url: URL) throws(CheckpointError) {
    path = url.path(percentEncoded: false)
    if url.pathExtension == "json" {
      files = try Self.shards(ShardIndex(contentsOf: url), of: url)
    } else {
      files = [try Safetensors(contentsOf: url)]
    }
  }

  /// The names of all tensors, sorted.
  package var names: [String] {
    files.flatMap { $0.entries.map(\.name) }.sorted()
  }

  /// What the writer noted beside the tensors, of all files.
  package var metadata: [String: String] {
    files.reduce(into: [:]) { $0.merge($1.metadata) { first, _ in first } }
  }

  /// The dtype and shape of a tensor, if it is there.
  package subscript(name: String) -> Safetensors.Entry? {
    files.lazy.compactMap { $0[name] }.first
  }

  /// The file and the place in it of a tensor.
  func located(
    _ name: String
  ) throws(CheckpointError) -> (file: MappedFile, entry: Safetensors.Entry) {
    for file in files {
      if let entry = file[name] { return (file.file, entry) }
    }
    throw .missing(file: path, tensor: name)
  }

  /// Opens the files of an index, each of which must hold what the index says and no more.
  private static func shards(
    _ index: ShardIndex, of url: URL
  ) throws(CheckpointError) -> [Safetensors] {
    var files: [Safetensors] = []
    for (name, expected) in index.tensors.sorted(by: { $0.key < $1.key }) {
      let file = try Safetensors(contentsOf: url.deletingLastPathComponent().appending(path: name))
      let found = Set(file.entries.map(\.name))
      if let missing = expected.subtracting(found).min() {
        throw .missing(file: file.file.path, tensor: missing)
      }
      if let surplus = found.subtracting(expected).min() {
        throw .shard(
          file: file.file.path, expected: "only tensors that the index says are in it",
          found: surplus.debugDescription)
      }
      files.append(file)
    }
    return files
  }
}
