import Foundation
import Testing

/// A file of `Tests/Golden/safetensors_cases.py`, and what the reference makes of it.
struct SafetensorsCase: Decodable, CustomTestStringConvertible {
  let name: String
  let bytes: [UInt8]
  /// The tensors that the reference finds, or `nil` if it refuses the file.
  let names: [String]?
  /// Why this project refuses what the reference takes.
  let stricter: String?

  var testDescription: String { name }

  static func all() throws -> [SafetensorsCase] {
    let url = fixtures.appending(path: "cases.json")
    return try JSONDecoder().decode([SafetensorsCase].self, from: Data(contentsOf: url))
  }

  /// The folder of the fixtures.
  static let fixtures = URL(filePath: #filePath).deletingLastPathComponent()

  private enum Keys: String, CodingKey {
    case name = "case"
    case header, length, data, names, stricter
  }

  private enum Header: String, CodingKey {
    case text, base64
    case pattern = "repeat"
  }

  init(from decoder: any Decoder) throws {
    let row = try decoder.container(keyedBy: Keys.self)
    name = try row.decode(String.self, forKey: .name)
    names = try row.decodeIfPresent([String].self, forKey: .names)
    stricter = try row.decodeIfPresent(String.self, forKey: .stricter)
    guard let length = UInt64(try row.decode(String.self, forKey: .length)) else {
      throw DecodingError.dataCorruptedError(
        forKey: .length, in: row, debugDescription: "no number")
    }
    let header = try Self.header(row.nestedContainer(keyedBy: Header.self, forKey: .header))
    bytes =
      (0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) } + header
      + Array(repeating: 0, count: try row.decode(Int.self, forKey: .data))
  }

  private static func header(_ header: KeyedDecodingContainer<Header>) throws -> [UInt8] {
    if let text = try header.decodeIfPresent(String.self, forKey: .text) { return Array(text.utf8) }
    if let data = try header.decodeIfPresent(Data.self, forKey: .base64) { return Array(data) }
    var pattern = try header.nestedUnkeyedContainer(forKey: .pattern)
    let head = try pattern.decode(String.self)
    let opening = try pattern.decode(String.self)
    let count = try pattern.decode(Int.self)
    let closing = try pattern.decode(String.self)
    let tail = try pattern.decode(String.self)
    let text = [
      head, String(repeating: opening, count: count), String(repeating: closing, count: count),
      tail,
    ]
    return Array(text.joined().utf8)
  }
}
