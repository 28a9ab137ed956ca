internal import Foundation

/// A value of JSON that a stranger wrote, whose layout is not known beforehand.
///
/// Texts beyond ``longest`` bytes and values nested beyond ``deepest`` are refused before anything
/// is built. Python writes `NaN` and `Infinity`, which JSON lacks: they are read as null.
enum JSONTree: Codable, Hashable {
  case null
  case bool(Bool)
  case number(Double)
  case integer(UInt64)
  case string(String)
  case array([JSONTree])
  case object([String: JSONTree])

  /// The bytes that a text may have: 4 MB.
  static let longest = 4 << 20
  /// How deep values may nest.
  static let deepest = 64

  /// Reads a text.
  ///
  /// - Throws: ``PictureSettingsError/Problem`` with what is wrong with it.
  init(_ text: String, of place: String) throws {
    let bytes = try Self.checked(Array(text.utf8), place)
    do {
      self = try JSONDecoder().decode(JSONTree.self, from: Data(bytes))
    } catch {
      throw PictureSettingsError.Problem(
        place: place, expected: "JSON", found: "a text that is none: \(error)")
    }
  }

  init(from decoder: any Decoder) throws {
    let value = try decoder.singleValueContainer()
    if value.decodeNil() {
      self = .null
    } else if let found = Self.attempt({ try value.decode(Bool.self) }) {
      self = .bool(found)
    } else if let found = Self.attempt({ try value.decode(UInt64.self) }) {
      self = .integer(found)
    } else if let found = Self.attempt({ try value.decode(Double.self) }) {
      self = .number(found)
    } else if let found = Self.attempt({ try value.decode(String.self) }) {
      self = .string(found)
    } else if let found = Self.attempt({ try value.decode([JSONTree].self) }) {
      self = .array(found)
    } else {
      self = .object(try value.decode([String: JSONTree].self))
    }
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .null: try container.encodeNil()
    case .bool(let value): try container.encode(value)
    case .number(let value): try container.encode(value)
    case .integer(let value): try container.encode(value)
    case .string(let value): try container.encode(value)
    case .array(let values): try container.encode(values)
    case .object(let fields): try container.encode(fields)
    }
  }

  /// The value of an object's key.
  subscript(key: String) -> JSONTree? {
    if case .object(let fields) = self { fields[key] } else { nil }
  }

  /// The text, if it is one.
  var text: String? { if case .string(let text) = self { text } else { nil } }

  /// The number, if it is one.
  var double: Double? {
    switch self {
    case .number(let value): value
    case .integer(let value): Double(value)
    default: nil
    }
  }

  private static func attempt<Value>(_ decode: () throws -> Value) -> Value? {
    if case .success(let value) = Result(catching: decode) { value } else { nil }
  }

  /// The bytes, with Python's words for what is no number as nulls.
  private static func checked(_ bytes: [UInt8], _ place: String) throws -> [UInt8] {
    guard bytes.count <= longest else {
      throw PictureSettingsError.Problem(
        place: place, expected: "at most \(longest) bytes", found: "\(bytes.count)")
    }
    var result: [UInt8] = []
    result.reserveCapacity(bytes.count)
    var (depth, isText, position) = (0, false, 0)
    while position < bytes.count {
      let byte = bytes[position]
      if isText {
        if byte == UInt8(ascii: "\\"), position + 1 < bytes.count {
          result.append(byte)
          position += 1
        } else if byte == UInt8(ascii: "\"") {
          isText = false
        }
      } else if let word = pythonWords.first(where: { bytes[position...].starts(with: $0) }) {
        result += Array("null".utf8)
        position += word.count
        continue
      } else {
        isText = byte == UInt8(ascii: "\"")
        if byte == UInt8(ascii: "{") || byte == UInt8(ascii: "[") { depth += 1 }
        if byte == UInt8(ascii: "}") || byte == UInt8(ascii: "]") { depth -= 1 }
        guard depth <= deepest else {
          throw PictureSettingsError.Problem(
            place: place, expected: "values nested at most \(deepest) deep", found: "deeper ones")
        }
      }
      result.append(bytes[position])
      position += 1
    }
    return result
  }

  private static let pythonWords = ["NaN", "-Infinity", "Infinity"].map { Array($0.utf8) }
}
