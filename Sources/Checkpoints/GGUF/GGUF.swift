package import Foundation

/// A GGUF file: named tensors, many of them in blocks that share a scale, in memory without a copy.
///
/// Versions 2 and 3, little-endian. As strict as ggml itself: the tensors stand one after the
/// other, each at the next multiple of the alignment; and stricter than Python's `gguf` 0.19.0,
/// which takes sizes of zero, nine dimensions, offsets that are not aligned and empty names.
/// https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
package struct GGUF: Sendable {
  /// A tensor of the file.
  package struct Entry: Sendable, Equatable {
    /// The name, unlike any other in the file.
    package let name: String
    /// The kind of elements.
    package let type: GGMLType
    /// The dimensions, outermost first; the file has them the other way round.
    package let shape: [Int]
    /// The bytes of the file that hold the elements.
    package let range: Range<Int>
    /// The shape that the tensor had before ComfyUI-GGUF cut it into rows of 256, if it did.
    package let original: [Int]?
  }

  /// The file.
  package let file: MappedFile
  /// The version of the format.
  package let version: UInt32
  /// What the writer noted beside the tensors.
  package let metadata: [String: GGUFValue]
  /// The tensors in the order of the file.
  package let entries: [Entry]

  private let indices: [String: Int]

  /// Maps a file and checks all that it says of its tensors; no element is read.
  ///
  /// - Parameter url: The file.
  /// - Throws: `CheckpointError`, the first rule that the file breaks.
  package init(contentsOf url: URL) throws(CheckpointError) {
    let file = try MappedFile(url)
    let header = try file.withBytes(0..<file.count) { bytes throws(CheckpointError) in
      try GGUFHeader(bytes, file: file.path)
    }
    self.file = file
    version = header.version
    metadata = header.metadata
    entries = header.entries
    indices = Dictionary(uniqueKeysWithValues: header.entries.enumerated().map { ($1.name, $0) })
  }

  /// The names of all tensors, in the order of the file.
  package var names: [String] { entries.map(\.name) }

  /// The tensor of a name, if there is one.
  package subscript(name: String) -> Entry? {
    indices[name].map { entries[$0] }
  }
}

extension GGUF.Entry {
  /// The shape that the network knows: before rows of 256 were made of it, if they were.
  package var logicalShape: [Int] { original ?? shape }
}
