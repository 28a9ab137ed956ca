internal import Foundation

/// A block of a GIF file after its header: GIF89a, section 12 and on.
///
/// What the file says of lengths is checked before it is read.
struct GIFBlock: Equatable {
  /// The bytes of the block as it stands.
  let bytes: ArraySlice<UInt8>

  /// Whether it is a comment (section 24).
  var isComment: Bool { bytes.starts(with: [0x21, 0xFE]) }

  /// The text of a comment, if it is UTF-8.
  var comment: String? {
    guard isComment else { return nil }
    var (text, rest) = ([UInt8](), bytes.dropFirst(2))
    while let length = rest.first, length > 0 {
      text += rest.dropFirst().prefix(Int(length))
      rest = rest.dropFirst(1 + Int(length))
    }
    return String(validating: text, as: UTF8.self)
  }

  /// A comment as it stands in a file: parts of up to 255 bytes, and an end.
  static func comment(_ text: String) -> [UInt8] {
    var (block, rest) = ([0x21, 0xFE] as [UInt8], Array(text.utf8)[...])
    while !rest.isEmpty {
      let part = rest.prefix(255)
      block += [UInt8(part.count)] + part
      rest = rest.dropFirst(part.count)
    }
    return block + [0]
  }

  /// Takes a file apart.
  ///
  /// - Parameters:
  ///   - file: A whole GIF file.
  ///   - source: What to name in errors.
  /// - Returns: The header with the palette, and all blocks up to the end.
  /// - Throws: `ClipError.library` if the file is cut off or has a block that GIF does not.
  static func read(
    _ file: Data, source: String
  ) throws(ClipError) -> (header: ArraySlice<UInt8>, blocks: [GIFBlock]) {
    var reader = GIFReader(bytes: [UInt8](file), source: source)
    let header = try reader.header()
    var blocks: [GIFBlock] = []
    while let block = try reader.block() { blocks.append(GIFBlock(bytes: block)) }
    return (header, blocks)
  }
}

/// The place in a file up to which it was read.
private struct GIFReader {
  let bytes: [UInt8]
  let source: String
  var offset = 0

  init(bytes: [UInt8], source: String) {
    self.bytes = bytes
    self.source = source
  }

  private mutating func take(_ count: Int) throws(ClipError) -> ArraySlice<UInt8> {
    guard count <= bytes.count - offset else {
      throw .library(source: source, reason: "the GIF file is cut off after byte \(bytes.count)")
    }
    offset += count
    return bytes[offset - count..<offset]
  }

  /// The bytes of a palette that such flags announce.
  private mutating func palette(_ flags: UInt8) throws(ClipError) {
    if flags & 0x80 != 0 { _ = try take(3 << (Int(flags & 7) + 1)) }
  }

  private mutating func parts() throws(ClipError) {
    while let length = try take(1).first, length > 0 { _ = try take(Int(length)) }
  }

  mutating func header() throws(ClipError) -> ArraySlice<UInt8> {
    let start = try take(13)
    try palette(start[10])
    return bytes[..<offset]
  }

  /// The next block; none at the end.
  mutating func block() throws(ClipError) -> ArraySlice<UInt8>? {
    let start = offset
    switch try take(1).first {
    case 0x3B: return nil
    case 0x21: _ = try take(1)
    case 0x2C:
      try palette(try take(9).last ?? 0)
      // The size of the codes.
      _ = try take(1)
    default:
      throw .library(
        source: source, reason: "expected a block of GIF at byte \(start), found other bytes")
    }
    try parts()
    return bytes[start..<offset]
  }
}
