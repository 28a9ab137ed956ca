import Foundation
import Testing

@testable import Modalities

/// The tokenizer against transformers'; `Tests/Golden/clip_tokens.py` makes the fixtures.
@Suite("CLIP's tokenizer")
struct CLIPTokenizerTests {
  @Test("four hundred texts get the reference's numbers")
  func numbers() throws {
    let fixtures = try CLIPFixtures()
    let tokenizer = CLIPTokenizer()
    #expect(fixtures.ids.count == 400)
    for (number, ids) in fixtures.ids.enumerated() {
      let text = fixtures.text(number)
      #expect(encoded(text, tokenizer) == ids, "\(number): \(text.debugDescription)")
    }
  }

  @Test("ten thousand texts in 200 languages, and what is no text, get the reference's numbers")
  func matchesTheReference() throws {
    let fixtures = try CLIPFixtures()
    let tokenizer = CLIPTokenizer()
    #expect(fixtures.published.count == 10400)
    for (number, hash) in fixtures.published.enumerated() {
      let text = fixtures.text(number)
      let found = CLIPFixtures.hash(text, encoded(text, tokenizer))
      #expect(found == hash, "\(number): \(text.debugDescription)")
    }
  }

  @Test("most characters of Unicode, between two letters, get the reference's numbers")
  func characters() throws {
    let fixtures = try CLIPFixtures()
    let tokenizer = CLIPTokenizer()
    for (text, hash) in zip(CLIPFixtures.characterTexts, fixtures.characters) {
      let found = CLIPFixtures.hash(text, encoded(text, tokenizer))
      let first = text.unicodeScalars.dropFirst().first?.value ?? 0
      #expect(found == hash, "64 characters from U+\(String(first, radix: 16))")
    }
    #expect(fixtures.characters.count == CLIPFixtures.characterTexts.count)
  }

  @Test("a text that is too long is cut, and says where")
  func cuts() throws {
    let tokens = CLIPTokenizer().encode("A red  apple, on e\u{301}toiles", maximumLength: 7)
    #expect(tokens.ids == [49406, 320, 736, 3055, 267, 525, 49407])
    let cut = try #require(tokens.cut)
    #expect(cut.kept == "A red  apple, on " && cut.dropped == "étoiles")
    #expect(cut.offset == 17)
    #expect(CLIPTokenizer().encode("A red apple", maximumLength: 5).cut == nil)
  }

  @Test("padding is the mark of the end, or the number that a single file's model needs")
  func pads() {
    for (tokenizer, padding) in [(CLIPTokenizer(), 49407), (CLIPTokenizer(padding: 0), 0)] {
      let tokens = tokenizer.encode("hi!", maximumLength: 77)
      let padded = tokenizer.pad(tokens, to: 6)
      #expect(padded.ids == [49406, 1883, 256, 49407, padding, padding])
      #expect(padded.mask == [1, 1, 1, 1, 0, 0])
    }
  }

  @Test("a word of a hundred thousand letters is merged without end", .timeLimit(.minutes(1)))
  func longWord() {
    let ids = CLIPTokenizer().ids(of: String(repeating: "ab", count: 50_000))
    #expect(ids.count > 10_000 && ids.count < 100_000)
  }

  private func encoded(_ text: String, _ tokenizer: CLIPTokenizer) -> [Int] {
    tokenizer.encode(text, maximumLength: 1 << 20).ids
  }
}
