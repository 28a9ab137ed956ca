/// Reads one protobuf message of a file, field by field, and never past its end.
///
/// https://protobuf.dev/programming-guides/encoding/. Groups, which no ONNX file has, are refused.
struct ProtobufReader {
  /// How a field's bytes are told apart.
  enum Wire: UInt64 {
    case varint = 0
    case fixed64 = 1
    case bytes = 2
    case fixed32 = 5
  }

  /// The number and the wire type of a field.
  struct Field {
    let number: UInt64
    let wire: Wire
  }

  private let file: MappedFile
  /// The place of the next byte, from the file's start.
  private(set) var offset: Int
  private let end: Int

  /// A reader of the message that the whole file is.
  init(_ file: MappedFile) {
    self.init(file, 0..<file.count)
  }

  /// A reader of a message in some bytes of the file.
  init(_ file: MappedFile, _ range: Range<Int>) {
    self.file = file
    (offset, end) = (range.lowerBound, range.upperBound)
  }

  /// Whether all bytes are read.
  var isAtEnd: Bool { offset == end }

  /// A reader of a message in this one.
  func nested(_ range: Range<Int>) -> ProtobufReader { ProtobufReader(file, range) }

  /// The next field's number and wire type; none at the message's end.
  mutating func field() throws(CheckpointError) -> Field? {
    guard offset < end else { return nil }
    let start = offset
    let key = try varint("a field's number")
    guard let wire = Wire(rawValue: key & 7), key >> 3 > 0, key >> 3 < 1 << 29 else {
      throw syntax("a field of protobuf", "number \(key >> 3) of wire type \(key & 7)", at: start)
    }
    return Field(number: key >> 3, wire: wire)
  }

  /// A whole number.
  mutating func varint(_ part: String) throws(CheckpointError) -> UInt64 {
    let start = offset
    var value: UInt64 = 0
    for shift in stride(from: UInt64(0), to: 70, by: 7) {
      let byte = try byte(part)
      // The tenth byte has room for one bit.
      guard shift < 63 || byte < 2 else { break }
      value |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { return value }
    }
    throw syntax("\(part) of at most 64 bits", "more", at: start)
  }

  /// A whole number that a field of the schema is.
  mutating func number(_ field: Field, _ part: String) throws(CheckpointError) -> UInt64 {
    try require(.varint, field, part)
    return try varint(part)
  }

  /// Where the bytes of a text, of a message or of packed numbers are; they are skipped.
  mutating func bytes(_ field: Field, _ part: String) throws(CheckpointError) -> Range<Int> {
    try require(.bytes, field, part)
    let length = try varint("the length of \(part)")
    guard length <= UInt64(end - offset) else {
      throw .truncated(file: file.path, part: part, expected: length, found: end - offset)
    }
    defer { offset += Int(length) }
    return offset..<offset + Int(length)
  }

  /// A text of at most so many bytes.
  mutating func text(
    _ field: Field, _ part: String, atMost limit: Int = 1 << 16
  ) throws(CheckpointError) -> String {
    let range = try bytes(field, part)
    guard range.count <= limit else {
      throw syntax("\(part) of at most \(limit) bytes", "\(range.count)", at: range.lowerBound)
    }
    guard let text = file.withBytes(range, { String(validating: $0, as: UTF8.self) }) else {
      throw syntax("\(part) in UTF-8", "other bytes", at: range.lowerBound)
    }
    return text
  }

  /// Skips a field that is of no use here.
  mutating func skip(_ field: Field) throws(CheckpointError) {
    let part = "field \(field.number)"
    switch field.wire {
    case .varint: _ = try varint(part)
    case .fixed64: try advance(8, part)
    case .bytes: _ = try bytes(field, part)
    case .fixed32: try advance(4, part)
    }
  }

  /// The error for what the message may not say.
  func syntax(_ expected: String, _ found: String, at place: Int? = nil) -> CheckpointError {
    .syntax(file: file.path, offset: place ?? offset, expected: expected, found: found)
  }

  private func require(_ wire: Wire, _ field: Field, _ part: String) throws(CheckpointError) {
    guard field.wire == wire else {
      throw syntax("\(part) of wire type \(wire.rawValue)", "\(field.wire.rawValue)")
    }
  }

  private mutating func byte(_ part: String) throws(CheckpointError) -> UInt8 {
    try advance(1, part)
    return file.withBytes(offset - 1..<offset) { $0[0] }
  }

  private mutating func advance(_ count: Int, _ part: String) throws(CheckpointError) {
    guard count <= end - offset else {
      throw .truncated(
        file: file.path, part: part, expected: UInt64(count), found: end - offset)
    }
    offset += count
  }
}
