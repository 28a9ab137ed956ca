import Foundation
import Modalities
import Testing

/// The tokenizer against Hugging Face's; `Tests/Golden/wordpiece.py` makes the fixture.
@Suite("WordPiece")
struct WordPieceTests {
  let tokenizer: WordPieceTokenizer

  init() throws {
    tokenizer = try WordPieceTokenizer(contentsOf: TextFixtures.tokenizer)
  }

  @Test("two thousand texts in many scripts get the reference's numbers")
  func matchesTheReference() throws {
    for row in try TextFixtures.rows() {
      let tokens = tokenizer.encode(row.text, maximumLength: 1 << 20)
      #expect(tokens.ids == row.ids, "\(row.text.debugDescription)")
      #expect(tokens.cut == nil)
    }
  }

  @Test("a text that is too long is cut where the reference cuts it, and says so")
  func cutsWhereTheReferenceCuts() throws {
    for row in try TextFixtures.rows() {
      let tokens = tokenizer.encode(row.text, maximumLength: row.longest)
      guard row.kept >= 0 else {
        #expect(tokens.cut == nil, "\(row.text.debugDescription)")
        continue
      }
      #expect(tokens.ids == row.ids.prefix(row.longest - 1) + [102])
      let cut = try #require(tokens.cut, "\(row.text.debugDescription)")
      #expect(cut.kept.unicodeScalars.count == row.kept, "\(row.text.debugDescription)")
      #expect(cut.offset == cut.kept.count)
      let joined = Array(cut.kept.unicodeScalars) + Array(cut.dropped.unicodeScalars)
      #expect(joined == Array(row.text.unicodeScalars))
    }
  }

  @Test("a cut names both parts of the prompt")
  func cutsAPrompt() throws {
    let tokens = tokenizer.encode("a slice of watermelon on a plate", maximumLength: 6)
    #expect(tokens.ids == [101, 1037, 14704, 1997, 2300, 102])
    let cut = try #require(tokens.cut)
    #expect(cut.offset == 16)
    #expect(cut.kept == "a slice of water")
    #expect(cut.dropped == "melon on a plate")
  }

  @Test("padding fills up to a length and marks what is text")
  func pads() {
    let padded = tokenizer.pad(tokenizer.encode("rocket", maximumLength: 8), to: 6)
    #expect(padded.ids == [101, 7596, 102, 0, 0, 0])
    #expect(padded.mask == [1, 1, 1, 0, 0, 0])
  }

  @Test("a word of a million letters is unknown, and soon")
  func longWord() {
    let tokens = tokenizer.encode(String(repeating: "x", count: 1_000_000), maximumLength: 128)
    #expect(tokens.ids == [101, 100, 102])
  }
}
