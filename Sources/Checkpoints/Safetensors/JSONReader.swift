/// A strict reader of JSON (RFC 8259) that asks for one value after the other.
///
/// It holds nothing but a position and the text, which must outlive it; only passing over a value
/// recurses, to a depth of `maximumDepth`. What the grammar does not allow is an error, never
/// repaired.
struct JSONReader {
  /// The depth to which a value that is passed over may nest.
  static let maximumDepth = 125

  /// An object or an array that is being read.
  struct Container {
    fileprivate let end: UInt8
    fileprivate var isFirst = true
  }

  let file: String
  /// Where the text begins in the file; errors count from there.
  let base: Int
  let bytes: UnsafeRawBufferPointer
  var position = 0

  init(_ bytes: UnsafeRawBufferPointer, file: String, base: Int = 0) {
    self.bytes = bytes
    self.file = file
    self.base = base
  }

  /// Begins an object.
  mutating func object() throws(CheckpointError) -> Container {
    try expect("{")
    return Container(end: UInt8(ascii: "}"))
  }

  /// Begins an array.
  mutating func array() throws(CheckpointError) -> Container {
    try expect("[")
    return Container(end: UInt8(ascii: "]"))
  }

  /// Whether the container has another element; if not, its end is behind us.
  mutating func hasNext(_ container: inout Container) throws(CheckpointError) -> Bool {
    skipSpace()
    if peek() == container.end {
      position += 1
      return false
    }
    if !container.isFirst {
      try expect(",")
      skipSpace()
      guard peek() != container.end else { throw error("a value after the comma") }
    }
    container.isFirst = false
    return true
  }

  /// The name of an object's next value.
  mutating func name() throws(CheckpointError) -> String {
    let name = try string()
    try expect(":")
    return name
  }

  /// A whole number from 0 on, without sign, fraction or exponent.
  mutating func unsigned() throws(CheckpointError) -> UInt64 {
    skipSpace()
    let start = position
    var value: UInt64 = 0
    while let digit = digit() {
      let (tens, overflow) = value.multipliedReportingOverflow(by: 10)
      let (sum, carry) = tens.addingReportingOverflow(UInt64(digit))
      guard !overflow, !carry else { throw error("a number below 2^64", at: start) }
      value = sum
      position += 1
    }
    let isPadded = position - start > 1 && bytes[start] == UInt8(ascii: "0")
    guard position > start, !isPadded, !isNumberPart(peek()) else {
      throw error("a whole number from 0 on", at: start)
    }
    return value
  }

  /// Makes sure that nothing but white space follows.
  mutating func end() throws(CheckpointError) {
    skipSpace()
    guard position == bytes.count else { throw error("the end of the text") }
  }
}

extension JSONReader {
  /// The next byte, unless the text is at its end.
  func peek() -> UInt8? {
    position < bytes.count ? bytes[position] : nil
  }

  /// The value of the next byte, if it is a digit.
  func digit() -> UInt8? {
    guard let byte = peek(), 0x30...0x39 ~= byte else { return nil }
    return byte - 0x30
  }

  /// Whether a byte goes on with a number that is no whole one.
  func isNumberPart(_ byte: UInt8?) -> Bool {
    byte == UInt8(ascii: ".") || byte == UInt8(ascii: "e") || byte == UInt8(ascii: "E")
  }

  /// Passes over white space.
  mutating func skipSpace() {
    while let byte = peek(), byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
      position += 1
    }
  }

  /// Passes over white space and a character that must follow.
  mutating func expect(_ character: Unicode.Scalar) throws(CheckpointError) {
    skipSpace()
    guard let byte = peek(), UInt32(byte) == character.value else {
      throw error("'\(character)'")
    }
    position += 1
  }

  /// An error at a place of the text.
  func error(_ expected: String, at place: Int? = nil) -> CheckpointError {
    let place = place ?? position
    let found = place < bytes.count ? Self.name(of: bytes[place]) : "the end of the text"
    return .syntax(file: file, offset: base + place, expected: expected, found: found)
  }

  private static func name(of byte: UInt8) -> String {
    0x20...0x7E ~= byte
      ? "'\(Unicode.Scalar(byte))'" : "byte 0x\(String(byte, radix: 16))"
  }
}
