/// Reads a file's bytes in order and never past their end.
struct ByteReader {
  private let bytes: UnsafeRawBufferPointer
  /// The file, for errors.
  let file: String
  /// The place of the next byte, from the file's start.
  private(set) var offset: Int

  init(_ bytes: UnsafeRawBufferPointer, file: String, offset: Int) {
    self.bytes = bytes
    self.file = file
    self.offset = offset
  }

  /// The number of bytes that follow.
  var left: Int { bytes.count - offset }

  /// Skips and lends bytes.
  mutating func take(
    _ count: Int, _ part: String
  ) throws(CheckpointError) -> Slice<UnsafeRawBufferPointer> {
    guard count <= left else {
      throw .truncated(file: file, part: part, expected: UInt64(count), found: left)
    }
    defer { offset += count }
    return bytes[offset..<offset + count]
  }

  mutating func byte(_ part: String) throws(CheckpointError) -> UInt8 {
    try take(1, part)[offset - 1]
  }

  /// A whole number without a sign, in little-endian order.
  mutating func unsigned(_ count: Int, _ part: String) throws(CheckpointError) -> UInt64 {
    try take(count, part).reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }

  /// A whole number in two's complement, in little-endian order, of up to eight bytes.
  mutating func signed(_ count: Int, _ part: String) throws(CheckpointError) -> Int {
    guard count > 0 else { return 0 }
    let unused = 64 - 8 * count
    return Int(Int64(bitPattern: try unsigned(count, part) << UInt64(unused)) >> Int64(unused))
  }

  /// A text in UTF-8.
  mutating func text(_ count: Int, _ part: String) throws(CheckpointError) -> String {
    let start = offset
    guard let text = String(validating: try take(count, part), as: UTF8.self) else {
      throw .syntax(file: file, offset: start, expected: "\(part) in UTF-8", found: "other bytes")
    }
    return text
  }

  /// A text up to a line feed, which is skipped.
  mutating func line(_ part: String) throws(CheckpointError) -> String {
    guard let end = bytes[offset...].prefix(1000).firstIndex(of: UInt8(ascii: "\n")) else {
      throw .syntax(
        file: file, offset: offset, expected: "\(part) and a line feed", found: "no line feed")
    }
    let text = try text(end - offset, part)
    offset += 1
    return text
  }
}

extension ByteReader {
  /// An error at the next byte.
  func syntax(_ expected: String, _ found: String) -> CheckpointError {
    .syntax(file: file, offset: offset, expected: expected, found: found)
  }
}
