import Foundation

/// Where the fixtures of the text tests are.
enum TextFixtures {
  /// A text, its numbers, and how many of its scalars are kept among `longest` numbers.
  struct Row: Decodable {
    let text: String
    let ids: [Int]
    let longest: Int
    /// -1 if the text is not cut.
    let kept: Int

    init(from decoder: any Decoder) throws {
      var row = try decoder.unkeyedContainer()
      text = try row.decode(String.self)
      ids = try row.decode([Int].self)
      longest = try row.decode(Int.self)
      kept = try row.decode(Int.self)
    }
  }

  /// What the reference makes of characters between two letters, each in hexadecimal.
  struct Characters: Decodable {
    let changed: [String: String]
    let punctuation: [UInt32]
    let spaces: [UInt32]
  }

  static let tokenizer = root.appending(
    path: "Models/inkwell-emoji/text_encoder/tokenizer.json")

  static func rows() throws -> [Row] {
    try decode("wordpiece.json")
  }

  static func characters() throws -> Characters {
    try decode("characters.json")
  }

  private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
  private static let root =
    folder
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  private static func decode<Value: Decodable>(_ name: String) throws -> Value {
    try JSONDecoder().decode(Value.self, from: Data(contentsOf: folder.appending(path: name)))
  }
}
