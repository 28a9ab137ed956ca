import Foundation
import Testing

/// A file of `Tests/Golden/torch_pickle.py`, and what the reference makes of it.
struct TorchPickleCase: Decodable, CustomTestStringConvertible {
  let name: String
  let bytes: [UInt8]
  /// The tensors that the reference finds, or `nil` if it refuses the file.
  let names: [String]?
  /// Why this project refuses what the reference takes.
  let stricter: String?

  var testDescription: String { name }

  /// Whether this project refuses the file.
  var isRefused: Bool { names == nil || stricter != nil }

  static func all(_ file: String = "cases.json") throws -> [TorchPickleCase] {
    let url = fixtures.appending(path: file)
    return try JSONDecoder().decode([TorchPickleCase].self, from: Data(contentsOf: url))
  }

  /// The folder of the fixtures.
  static let fixtures = URL(filePath: #filePath).deletingLastPathComponent()

  private enum Keys: String, CodingKey {
    case name = "case"
    case bytes, names, stricter
  }

  init(from decoder: any Decoder) throws {
    let row = try decoder.container(keyedBy: Keys.self)
    name = try row.decode(String.self, forKey: .name)
    names = try row.decodeIfPresent([String].self, forKey: .names)
    stricter = try row.decodeIfPresent(String.self, forKey: .stricter)
    var parts = try row.nestedUnkeyedContainer(forKey: .bytes)
    var bytes: [UInt8] = []
    while !parts.isAtEnd {
      var part = try parts.nestedUnkeyedContainer()
      let piece = try part.decode(Data.self)
      for _ in 0..<(try part.decode(Int.self)) { bytes += piece }
    }
    self.bytes = bytes
  }
}
