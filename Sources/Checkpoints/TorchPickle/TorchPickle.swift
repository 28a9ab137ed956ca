package import Foundation

/// A file of PyTorch's older format, in which state dicts were saved before version 1.6.
///
/// Five pickles stand one after the other: a magic number, the format's version, what machine wrote
/// it, the state dict, and the names of its storages; then each storage's number of elements and
/// the elements. The state dict must be one: names and tensors. Nothing that the file says is run,
/// see `Unpickler`. The newer format is a ZIP archive, which this does not read.
package struct TorchPickle: Sendable {
  /// A tensor of the file.
  package struct Entry: Sendable, Equatable {
    /// The name, unlike any other in the file.
    package let name: String
    /// The kind of elements.
    package let dtype: SafetensorsDType
    /// The dimensions.
    package let shape: [Int]
    /// The numbers of the dimensions as they lie in the file, outermost first.
    package let order: [Int]
    /// The bytes of the file that hold the elements, little-endian.
    package let range: Range<Int>
  }

  /// The file.
  package let file: MappedFile
  /// The tensors in the order of the state dict.
  package let entries: [Entry]

  private let indices: [String: Int]

  /// Maps a file and reads its pickles; no element is read.
  ///
  /// - Parameter url: The file.
  /// - Throws: `CheckpointError`, the first thing that is wrong.
  package init(contentsOf url: URL) throws(CheckpointError) {
    let file = try MappedFile(url)
    let found = try file.withBytes(0..<file.count) { all throws(CheckpointError) in
      try LegacyFile(all, file: file.path)
    }
    var indices: [String: Int] = [:]
    var entries: [Entry] = []
    for (name, tensor) in found.tensors {
      guard indices.updateValue(entries.count, forKey: name) == nil else {
        throw .repeated(file: file.path, what: "a tensor", name: name)
      }
      entries.append(try found.entry(name, tensor))
    }
    self.file = file
    self.entries = entries
    self.indices = indices
  }

  /// The names of all tensors, in the order of the state dict.
  package var names: [String] { entries.map(\.name) }

  /// The tensor of a name, if there is one.
  package subscript(name: String) -> Entry? {
    indices[name].map { entries[$0] }
  }
}
