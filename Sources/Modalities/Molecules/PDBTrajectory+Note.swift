internal import Files
public import Foundation

extension PDBTrajectory {
  /// The note as remarks, in pieces of the 69 columns that these have.
  var remarks: String {
    get throws(MoleculeError) {
      guard let note else { return "" }
      guard note.utf8.allSatisfy({ (0x20..<0x7F).contains($0) }) else {
        throw .unwritable(expected: "a note of one line in ASCII", found: "other characters")
      }
      let bytes = Array(note.utf8)
      return stride(from: 0, to: bytes.count, by: Self.width).map { start in
        // A space at the end of a line may be lost on the way; the bar keeps it.
        let piece = bytes[start..<min(start + Self.width, bytes.count)]
        return Self.mark + String(decoding: piece, as: UTF8.self) + "|\n"
      }.joined()
    }
  }

  /// The note of a file; none where it has none.
  ///
  /// - Parameter url: A PDB file of a trajectory, of at most 256 MB.
  /// - Returns: The note.
  /// - Throws: `MoleculeError` for a larger file, or a `FileError`.
  public static func note(ofFile url: URL) throws -> String? {
    let source = url.path(percentEncoded: false)
    let size = try Int(Descriptor(source, O_RDONLY, action: "read").status().st_size)
    guard size <= 256 << 20 else {
      throw MoleculeError.tooLarge(
        source: source, reason: "a file of \(size) bytes, the limit is \(256 << 20)")
    }
    let lines = String(decoding: try Data(contentsOf: url), as: UTF8.self)
      .split(whereSeparator: \.isNewline).prefix { $0.hasPrefix(mark) }
    guard !lines.isEmpty else { return nil }
    return lines.map { line in
      let piece = line.dropFirst(mark.count)
      return piece.hasSuffix("|") ? piece.dropLast() : piece
    }.joined()
  }

  /// Remarks of free text.
  private static let mark = "REMARK 999 "
  private static let width = 68
}
