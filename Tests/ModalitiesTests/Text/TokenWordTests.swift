import Testing

@testable import Modalities

@Suite struct TokenWordTests {
  @Test("words are runs between spaces and punctuation, each with the places of its tokens")
  func clip() {
    let tokenizer = CLIPTokenizer()
    let text = "  A photo of Bäckermeister's well-known cat, (8k)!"
    let words = tokenizer.words(of: text, maximumLength: 77)
    #expect(
      words.map(\.text) == ["A", "photo", "of", "Bäckermeister's", "well-known", "cat", "8k"])
    // The numbers of the words alone are those that stand at their places.
    let ids = tokenizer.encode(text, maximumLength: 77).ids
    for word in words {
      #expect(Array(ids[word.tokens]) == tokenizer.ids(of: word.text), "\(word.text)")
    }
    #expect(words[0].tokens == 1..<2)
  }

  @Test("a word that is cut off is not there, and one that is cut in two is there in part")
  func cut() {
    let tokenizer = CLIPTokenizer()
    let words = tokenizer.words(of: "red Bäckermeister apple", maximumLength: 5)
    #expect(words.map(\.text) == ["red", "Bäckermeister"])
    #expect(words[1].tokens == 2..<4)
    #expect(tokenizer.words(of: " , ! ", maximumLength: 77).isEmpty)
  }

  @Test("so it is with the pieces of a BERT encoder")
  func wordPiece() throws {
    let tokenizer = try WordPieceTokenizer(contentsOf: TextFixtures.tokenizer)
    let words = tokenizer.words(of: "two watermelons, flat design", maximumLength: 32)
    #expect(words.map(\.text) == ["two", "watermelons", "flat", "design"])
    #expect(words[0].tokens == 1..<2 && words[1].tokens.lowerBound == 2)
    #expect(words[1].tokens.count > 1)
    // The comma stands between.
    #expect(words[2].tokens.lowerBound == words[1].tokens.upperBound + 1)
  }
}
