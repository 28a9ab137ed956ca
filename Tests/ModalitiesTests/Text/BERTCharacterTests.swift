import Testing

@testable import Modalities

/// Every character of the planes that hold letters, against `Tests/Golden/wordpiece.py`.
@Suite("BERT's characters")
struct BERTCharacterTests {
  static let planes: [ClosedRange<UInt32>] = [
    0...0x13FFF, 0x16000...0x1FFFF, 0x2A6D0...0x2A70F, 0x2B730...0x2B92F, 0x2CEA0...0x2CEAF,
    0x2F7F0...0x2FA2F, 0xE0000...0xE01FF,
  ]

  static var scalars: [Unicode.Scalar] {
    planes.joined().filter { code in
      // The fixture has a sample only of what follows a rule: ideographs and Hangul syllables.
      !(0x3400..<0xD7A4 ~= code) || 0xA000..<0xAC00 ~= code || code % 61 == 0
    }.compactMap(Unicode.Scalar.init)
  }

  @Test("each is dropped, replaced, decomposed or lowered as by the reference")
  func normalizes() throws {
    let changed = try TextFixtures.characters().changed
    let normalizer = BERTNormalizer(
      cleansText: true, separatesIdeographs: true, stripsAccents: true, lowercases: true)
    for scalar in Self.scalars {
      let expected = changed[hexadecimal(scalar)] ?? hexadecimal(scalar)
      let found = normalizer([scalar][...]).map { hexadecimal($0.scalar) }
      #expect(found.joined(separator: " ") == expected, "U+\(hexadecimal(scalar))")
    }
  }

  @Test("each ends a word, stands alone or does neither as by the reference")
  func splits() throws {
    let characters = try TextFixtures.characters()
    let punctuation = Set(characters.punctuation)
    let spaces = Set(characters.spaces)
    for scalar in Self.scalars {
      let isPunctuation = BERTCharacters.isPunctuation(scalar)
      #expect(isPunctuation == punctuation.contains(scalar.value), "U+\(hexadecimal(scalar))")
      let isSpace = BERTCharacters.isSpace(scalar)
      #expect(isSpace == spaces.contains(scalar.value), "U+\(hexadecimal(scalar))")
    }
  }

  private func hexadecimal(_ scalar: Unicode.Scalar) -> String {
    String(scalar.value, radix: 16)
  }
}
