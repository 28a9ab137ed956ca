package import Foundation

/// A state dict that `torch.save` wrote: `.ckpt`, `.pt`, `.pth`, `.bin`.
///
/// Since version 1.6 that is a ZIP archive of a pickle and of storages; before, five pickles one
/// after the other (a magic number, the format's version, what machine wrote it, the state dict,
/// the names of its storages) and then each storage's number of elements and the elements. The
/// state dict may stand under `state_dict`, as trainers have it. Nothing that the file says is run,
/// see `Unpickler`.
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
  /// What an embedding's file calls itself, and other texts beside its tensors.
  package let texts: [String: String]

  private let indices: [String: Int]

  /// Maps a file and reads its pickles; no element is read.
  ///
  /// - Parameter url: The file.
  /// - Throws: `CheckpointError`, the first thing that is wrong.
  package init(contentsOf url: URL) throws(CheckpointError) {
    let file = try MappedFile(url)
    let (content, placement) = try file.withBytes(0..<file.count) { all throws(CheckpointError) in
      try Self.parts(all, file: file.path)
    }
    var indices: [String: Int] = [:]
    var entries: [Entry] = []
    for (name, tensor) in content.tensors {
      guard indices.updateValue(entries.count, forKey: name) == nil else {
        throw .repeated(file: file.path, what: "a tensor", name: name)
      }
      entries.append(try placement.entry(name, tensor))
    }
    self.file = file
    self.entries = entries
    texts = content.texts
    self.indices = indices
  }

  /// What a file says, and where its tensors are.
  private static func parts(
    _ all: UnsafeRawBufferPointer, file: String
  ) throws(CheckpointError) -> (content: StateDict, placement: TensorPlacement) {
    if all.starts(with: "PK".utf8) {
      let archive = try ArchiveFile(all, file: file)
      return (archive.content, archive.placement)
    }
    let legacy = try LegacyFile(all, file: file)
    return (legacy.content, legacy.placement)
  }

  /// The names of all tensors, in the order of the state dict.
  package var names: [String] { entries.map(\.name) }

  /// The tensor of a name, if there is one.
  package subscript(name: String) -> Entry? {
    indices[name].map { entries[$0] }
  }
}
