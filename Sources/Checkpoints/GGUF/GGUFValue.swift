/// What a GGUF file notes under a key.
package enum GGUFValue: Sendable, Hashable {
  case integer(Int64)
  case unsigned(UInt64)
  case real(Double)
  case bool(Bool)
  case string(String)
  /// Integers of up to ``GGUFValue/limit``; what is longer, or holds something else, is counted.
  case integers([Int64])
  case array(count: Int)

  /// The most elements of an array that are kept: sizes of a tensor are, a vocabulary is not.
  package static let limit = 64
}

/// The kinds of values, by the format's numbers.
enum GGUFKind: UInt32 {
  case uint8 = 0
  case int8 = 1
  case uint16 = 2
  case int16 = 3
  case uint32 = 4
  case int32 = 5
  case float32 = 6
  case bool = 7
  case string = 8
  case array = 9
  case uint64 = 10
  case int64 = 11
  case float64 = 12

  /// The bytes of a value, of those that all have as many.
  var width: Int? {
    switch self {
    case .uint8, .int8, .bool: 1
    case .uint16, .int16: 2
    case .uint32, .int32, .float32: 4
    case .uint64, .int64, .float64: 8
    case .string, .array: nil
    }
  }
}

extension ByteReader {
  /// A length or a count that the bytes that are left can hold, at so many bytes each.
  mutating func count(_ part: String, of width: Int) throws(CheckpointError) -> Int {
    let start = offset
    let found = try unsigned(8, part)
    guard found <= UInt64(left / max(width, 1)) else {
      throw .syntax(
        file: file, offset: start, expected: "\(part) that the file can hold", found: "\(found)")
    }
    return Int(found)
  }

  /// A text with its length before it.
  mutating func lengthAndText(_ part: String) throws(CheckpointError) -> String {
    let count = try count("the length of \(part)", of: 1)
    return try text(count, part)
  }

  /// A value of a kind, which stands in `depth` arrays.
  mutating func value(_ kind: GGUFKind, depth: Int = 0) throws(CheckpointError) -> GGUFValue {
    switch kind {
    case .uint8, .uint16, .uint32, .uint64:
      return .unsigned(try unsigned(kind.width ?? 8, "a value"))
    case .int8, .int16, .int32, .int64:
      return .integer(Int64(try signed(kind.width ?? 8, "a value")))
    case .float32:
      let bits = UInt32(truncatingIfNeeded: try unsigned(4, "a value"))
      return .real(Double(Float(bitPattern: bits)))
    case .float64: return .real(Double(bitPattern: try unsigned(8, "a value")))
    case .bool:
      let value = try byte("a truth value")
      guard value <= 1 else { throw syntax("truth values 0 and 1", "\(value)") }
      return .bool(value == 1)
    case .string: return .string(try lengthAndText("a text"))
    case .array: return try array(depth: depth)
    }
  }

  private mutating func array(depth: Int) throws(CheckpointError) -> GGUFValue {
    guard depth < 2 else { throw syntax("at most two arrays in one another", "more") }
    let kind = try kind()
    // A text or an array takes eight bytes at the least.
    let count = try count("the count of an array", of: kind.width ?? 8)
    var integers: [Int64]? = count <= GGUFValue.limit ? [] : nil
    if let width = kind.width, integers == nil, kind != .bool {
      _ = try take(count * width, "an array")
      return .array(count: count)
    }
    for _ in 0..<count {
      switch try value(kind, depth: depth + 1) {
      case .integer(let value): integers?.append(value)
      case .unsigned(let value):
        if let value = Int64(exactly: value) { integers?.append(value) } else { integers = nil }
      default: integers = nil
      }
    }
    return integers.map { .integers($0) } ?? .array(count: count)
  }

  /// The kind of a value.
  mutating func kind() throws(CheckpointError) -> GGUFKind {
    let number = UInt32(truncatingIfNeeded: try unsigned(4, "the kind of a value"))
    guard let kind = GGUFKind(rawValue: number) else {
      throw syntax("a kind of value, 0 to 12", "\(number)")
    }
    return kind
  }
}
