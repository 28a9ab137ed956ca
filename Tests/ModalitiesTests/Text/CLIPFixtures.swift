import Foundation

/// The texts and numbers of `Tests/Golden/clip_tokens.py`.
struct CLIPFixtures {
  /// What the texts are made of.
  private struct Texts: Decodable {
    let phrases: [String]
    let pieces: [String]
    let blocks: [Int]
    let limits: [Int]
  }

  private struct Tokens: Decodable {
    let ids: [[Int]]
    let published: Data
    let padded: Data
    let characters: Data
  }

  private let parts: Texts
  /// The numbers of the first texts.
  let ids: [[Int]]
  /// A hash of every text with its numbers, for the published tokenizer.
  let published: [UInt32]
  /// The same for a tokenizer that pads with `!`.
  let padded: [UInt32]
  /// A hash of every text in ``characterTexts`` with its numbers.
  let characters: [UInt32]

  init() throws {
    let folder = URL(filePath: #filePath).deletingLastPathComponent()
    func decode<Value: Decodable>(_ name: String) throws -> Value {
      try JSONDecoder().decode(Value.self, from: Data(contentsOf: folder.appending(path: name)))
    }
    func words(_ data: Data) -> [UInt32] {
      stride(from: 0, to: data.count, by: 4).map { start in
        data[start..<start + 4].reversed().reduce(0) { $0 << 8 | UInt32($1) }
      }
    }
    parts = try decode("clip_texts.json")
    let tokens: Tokens = try decode("clip_tokens.json")
    ids = tokens.ids
    published = words(tokens.published)
    padded = words(tokens.padded)
    characters = words(tokens.characters)
  }

  /// FNV-1a over a text's UTF-8 and its numbers, two bytes each, the lower first.
  static func hash(_ text: String, _ ids: [Int]) -> UInt32 {
    let bytes = Array(text.utf8) + ids.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
    return bytes.reduce(0x811C_9DC5) { ($0 ^ UInt32($1)) &* 0x0100_0193 }
  }

  /// One of the texts: phrases of 200 languages, parts of them, characters of one block, any
  /// characters, bytes that are no UTF-8, and odd pieces, by turns.
  func text(_ number: Int) -> String {
    var chance = Chance(state: UInt64(number))
    switch number % 8 {
    case 0...2: return phrases(&chance)
    case 3: return part(&chance)
    case 4:
      let start = chance.pick(parts.blocks)
      return characters(1 + chance.below(12), &chance) { start + $0.below(0x90) }
    case 5:
      return characters(1 + chance.below(9), &chance) { $0.below($0.pick(parts.limits)) }
    case 6: return brokenUTF8(&chance)
    default: return (0..<1 + chance.below(9)).map { _ in chance.pick(parts.pieces) }.joined()
    }
  }

  private func phrases(_ chance: inout Chance) -> String {
    var text = ""
    for _ in 0..<1 + chance.below(5) {
      text += chance.pick(parts.phrases)
      text += chance.below(3) == 0 ? chance.pick(parts.pieces) : " "
    }
    return text
  }

  private func part(_ chance: inout Chance) -> String {
    let phrase = Array(chance.pick(parts.phrases).unicodeScalars)
    let start = chance.below(phrase.count)
    let end = start + 1 + chance.below(phrase.count - start)
    var text = String.UnicodeScalarView()
    text.append(contentsOf: chance.pick(parts.pieces).unicodeScalars)
    text.append(contentsOf: phrase[start..<end])
    text.append(contentsOf: chance.pick(parts.pieces).unicodeScalars)
    return String(text)
  }

  private func characters(
    _ count: Int, _ chance: inout Chance, code: (inout Chance) -> Int
  ) -> String {
    var text = String.UnicodeScalarView()
    for _ in 0..<count {
      let code = UInt32(code(&chance))
      text.append(contentsOf: Unicode.Scalar(code).map { [$0] } ?? [Self.afterSurrogates(code)])
    }
    return String(text)
  }

  /// A surrogate is no character: the one 2,048 places further stands for it.
  private static func afterSurrogates(_ code: UInt32) -> Unicode.Scalar {
    Unicode.Scalar(code + 0x800) ?? "\u{FFFD}"
  }

  private func brokenUTF8(_ chance: inout Chance) -> String {
    var bytes = Array(chance.pick(parts.phrases).utf8)
    bytes += Array(chance.pick(parts.pieces).utf8)
    bytes += Array(chance.pick(parts.phrases).utf8)
    for _ in 0..<1 + chance.below(5) {
      let place = chance.below(bytes.count)
      let change = chance.below(3)
      if change == 0 {
        bytes[place] = UInt8(chance.below(256))
      } else if change == 1 && bytes.count > 1 {
        bytes.remove(at: place)
      } else {
        bytes.insert(UInt8(128 + chance.below(128)), at: place)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Most characters of Unicode between two letters each, 64 of them a text.
  static let characterTexts: [String] = {
    let dense: [Range<UInt32>] = [
      0..<0x3400, 0xA000..<0xAC00, 0xD7A4..<0xD800, 0xE000..<0x14000, 0x16000..<0x20000,
      0xE0000..<0xE0200,
    ]
    let scalars = (UInt32(0)..<0x110000).compactMap(Unicode.Scalar.init).filter { scalar in
      scalar.value % 61 == 0 || dense.contains { $0.contains(scalar.value) }
    }
    return stride(from: 0, to: scalars.count, by: 64).map { start in
      scalars[start..<min(start + 64, scalars.count)].map { "a\($0)b" }.joined(separator: " ")
    }
  }()
}

/// The generator SplitMix64 (Steele, Lea and Flood 2014).
struct Chance {
  var state: UInt64

  mutating func below(_ bound: Int) -> Int {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
    return Int((z ^ z >> 31) % UInt64(bound))
  }

  mutating func pick<Value>(_ values: [Value]) -> Value {
    values[below(values.count)]
  }
}
