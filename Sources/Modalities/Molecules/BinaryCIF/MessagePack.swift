internal import Foundation

/// A value of MessagePack, the binary form of JSON that BinaryCIF is written in.
///
/// https://github.com/msgpack/msgpack/blob/master/spec.md, without extension types.
enum MessagePack: Sendable {
  case null
  case boolean(Bool)
  case integer(Int)
  case number(Double)
  case text(String)
  /// A slice of the file, not a copy.
  case bytes(Data)
  case array([MessagePack])
  case map([String: MessagePack])

  /// Reads a file of one value.
  ///
  /// - Parameters:
  ///   - data: The whole file.
  ///   - source: What to name in errors.
  /// - Throws: ``BinaryCIFError``, also for bytes after the value.
  init(_ data: Data, source: String) throws(BinaryCIFError) {
    var reader = MessagePackReader(data: data, source: source, position: data.startIndex)
    self = try reader.value(depth: 0)
    guard reader.position == data.endIndex else {
      throw .malformed(
        source: source, offset: reader.position - data.startIndex, expected: "the end of the file",
        found: "\(data.endIndex - reader.position) more bytes")
    }
  }

  /// What kind of value it is, for errors.
  var kind: String {
    switch self {
    case .null: "nothing"
    case .boolean: "true or false"
    case .integer: "a whole number"
    case .number: "a number"
    case .text: "a text"
    case .bytes: "bytes"
    case .array: "an array"
    case .map: "a map"
    }
  }
}

/// Reads values one after the other; no count in the file makes it set aside more than there is.
private struct MessagePackReader {
  let data: Data
  let source: String
  var position: Data.Index

  /// BinaryCIF nests about ten deep.
  private static let deepest = 64

  mutating func value(depth: Int) throws(BinaryCIFError) -> MessagePack {
    let start = position
    guard depth < Self.deepest else {
      throw misfit(at: start, expected: "values at most \(Self.deepest) deep", found: "deeper ones")
    }
    let tag = UInt8(try unsigned(1))
    switch tag {
    case 0x00...0x7f: return .integer(Int(tag))
    case 0x80...0x8f: return try map(Int(tag & 0x0f), depth)
    case 0x90...0x9f: return try array(Int(tag & 0x0f), depth)
    case 0xa0...0xbf: return .text(try text(Int(tag & 0x1f)))
    case 0xc0: return .null
    case 0xc2, 0xc3: return .boolean(tag == 0xc3)
    case 0xc4...0xc6: return .bytes(try bytes(try length(1 << (tag - 0xc4))))
    case 0xca: return .number(Double(Float(bitPattern: UInt32(try unsigned(4)))))
    case 0xcb: return .number(Double(bitPattern: try unsigned(8)))
    case 0xcc...0xcf: return .integer(try length(1 << (tag - 0xcc)))
    case 0xd0: return .integer(Int(Int8(truncatingIfNeeded: try unsigned(1))))
    case 0xd1: return .integer(Int(Int16(truncatingIfNeeded: try unsigned(2))))
    case 0xd2: return .integer(Int(Int32(truncatingIfNeeded: try unsigned(4))))
    case 0xd3: return .integer(Int(Int64(bitPattern: try unsigned(8))))
    case 0xd9...0xdb: return .text(try text(try length(1 << (tag - 0xd9))))
    case 0xdc, 0xdd: return try array(try length(tag == 0xdc ? 2 : 4), depth)
    case 0xde, 0xdf: return try map(try length(tag == 0xde ? 2 : 4), depth)
    case 0xe0...0xff: return .integer(Int(Int8(bitPattern: tag)))
    default:
      throw misfit(
        at: start, expected: "a value of MessagePack", found: "the byte \(tag)")
    }
  }

  private mutating func array(_ count: Int, _ depth: Int) throws(BinaryCIFError) -> MessagePack {
    try checkRest(count)
    var values: [MessagePack] = []
    for _ in 0..<count { values.append(try value(depth: depth + 1)) }
    return .array(values)
  }

  private mutating func map(_ count: Int, _ depth: Int) throws(BinaryCIFError) -> MessagePack {
    try checkRest(count)
    var values: [String: MessagePack] = [:]
    for _ in 0..<count {
      let start = position
      let key = try value(depth: depth + 1)
      guard case .text(let name) = key else {
        throw misfit(at: start, expected: "a key that is a text", found: key.kind)
      }
      let value = try value(depth: depth + 1)
      guard values.updateValue(value, forKey: name) == nil else {
        throw misfit(at: start, expected: "each key once", found: "\(name) twice")
      }
    }
    return .map(values)
  }

  private mutating func text(_ count: Int) throws(BinaryCIFError) -> String {
    let start = position
    guard let text = String(validating: try bytes(count), as: UTF8.self) else {
      throw misfit(at: start, expected: "a text in UTF-8", found: "other bytes")
    }
    return text
  }

  private mutating func bytes(_ count: Int) throws(BinaryCIFError) -> Data {
    try checkRest(count)
    defer { position += count }
    return data[position..<position + count]
  }

  /// A number of `size` bytes that an `Int` holds.
  private mutating func length(_ size: Int) throws(BinaryCIFError) -> Int {
    let start = position
    let number = try unsigned(size)
    guard let length = Int(exactly: number) else {
      throw misfit(at: start, expected: "a number below 2^63", found: "\(number)")
    }
    return length
  }

  /// A number of `size` bytes, the highest first.
  private mutating func unsigned(_ size: Int) throws(BinaryCIFError) -> UInt64 {
    try bytes(size).reduce(0) { $0 << 8 | UInt64($1) }
  }

  /// Every element takes at least a byte.
  private func checkRest(_ count: Int) throws(BinaryCIFError) {
    guard count <= data.endIndex - position else {
      throw misfit(
        at: position, expected: "\(count) more bytes or elements",
        found: "\(data.endIndex - position) bytes to the end")
    }
  }

  private func misfit(at place: Int, expected: String, found: String) -> BinaryCIFError {
    .malformed(
      source: source, offset: place - data.startIndex, expected: expected, found: found)
  }
}
