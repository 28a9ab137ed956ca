package import Foundation

/// A safetensors file: named tensors in memory without a copy.
///
/// The format's rules hold once this value exists: each tensor's bytes are as many as its dtype and
/// shape need, and the tensors cover the file from the header's end to its own without a hole or an
/// overlap. https://github.com/huggingface/safetensors#format
package struct Safetensors: Sendable {
  /// A tensor of the file.
  package struct Entry: Sendable, Equatable {
    /// The name, unlike any other in the file.
    package let name: String
    /// The kind of elements.
    package let dtype: SafetensorsDType
    /// The dimensions, outermost first, elements in row-major order.
    package let shape: [Int]
    /// The bytes of the file that hold the elements, little-endian.
    package let range: Range<Int>
  }

  /// The file.
  package let file: MappedFile
  /// What the writer noted beside the tensors.
  package let metadata: [String: String]
  /// The tensors in the order of the header.
  package let entries: TensorTable

  /// Maps a file and checks its header; no element is read.
  ///
  /// - Parameter url: The file.
  /// - Throws: `CheckpointError`, the first rule that the file breaks.
  package init(contentsOf url: URL) throws(CheckpointError) {
    let file = try MappedFile(url)
    let header = try Self.header(of: file)
    let parser = try HeaderParser(header, of: file)
    try Self.checkCover(parser.tensors, of: file, from: header.upperBound)
    self.file = file
    metadata = parser.metadata
    entries = parser.tensors
  }

  /// The tensor of a name, if there is one.
  package subscript(name: String) -> Entry? {
    entries[name]
  }

  /// Where the header is, by the eight bytes before it.
  private static func header(of file: MappedFile) throws(CheckpointError) -> Range<Int> {
    guard file.count >= 8 else {
      throw .truncated(file: file.path, part: "the header's length", expected: 8, found: file.count)
    }
    let length = file.withBytes(0..<8) { UInt64(littleEndian: $0.loadUnaligned(as: UInt64.self)) }
    guard length <= HeaderParser.limit else {
      throw .headerTooLong(file: file.path, found: length, limit: HeaderParser.limit)
    }
    guard length <= file.count - 8 else {
      throw .truncated(
        file: file.path, part: "the header", expected: length, found: file.count - 8)
    }
    return 8..<8 + Int(length)
  }

  /// Checks that the tensors cover the data without a hole or an overlap.
  private static func checkCover(
    _ entries: TensorTable, of file: MappedFile, from base: Int
  ) throws(CheckpointError) {
    var end = base
    let order = entries.indices.sorted { a, b in
      let (a, b) = (entries.range(at: a), entries.range(at: b))
      return (a.lowerBound, a.upperBound) < (b.lowerBound, b.upperBound)
    }
    for index in order {
      let range = entries.range(at: index)
      guard range.lowerBound == end else {
        throw .malformed(
          file: file.path, tensor: entries[index].name,
          expected: "data_offsets that begin where the tensor before ends, at \(end - base)",
          found: "\(range.lowerBound - base)")
      }
      end = range.upperBound
    }
    guard end == file.count else {
      throw .uncovered(file: file.path, offset: end, end: file.count)
    }
  }
}
