import Foundation
import TestSupport
import Testing

@testable import Modalities

/// The tokenizer in the repository with only some of its pieces, and texts of its numbers.
@Suite struct WordPieceSubsetTests {
  private static let texts = [
    "flag: Côte d’Ivoire", "woman scientist: medium-dark skin tone", "red apple (ripe)",
    "nuqneH 🍉", "it's 3 o'clock!", "unquestionably bioluminescent",
  ]
  private static let whole = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../../../Models/inkwell-emoji/text_encoder/tokenizer.json")
  private let folder: TemporaryFolder
  private let subset: WordPieceSubset
  private let file: URL

  init() throws {
    folder = try TemporaryFolder()
    subset = try WordPieceSubset(of: Self.whole, for: Self.texts)
    file = try folder.write(subset.file, to: "tokenizer.json")
  }

  @Test("texts have the same pieces as before under their new numbers", arguments: texts)
  func pieces(text: String) throws {
    let before = try WordPieceTokenizer(contentsOf: Self.whole).encode(text, maximumLength: 64)
    let after = try WordPieceTokenizer(contentsOf: file).encode(text, maximumLength: 64)
    #expect(after.ids.map { subset.former[$0] } == before.ids)
  }

  @Test("nothing but those pieces and the special tokens is left, numbered from 0 on")
  func size() throws {
    let pieces = Set(
      try Self.texts.flatMap {
        try WordPieceTokenizer(contentsOf: Self.whole).encode($0, maximumLength: 64).ids
      })
    let special = [0, 100, 101, 102, 103]
    #expect(subset.former == pieces.union(special).sorted())
    let spelling = try WordPieceSpelling(contentsOf: file)
    #expect(spelling.count == subset.former.count)
    #expect(subset.former[spelling.mask] == 103 && subset.former[spelling.padding] == 0)
    let other = try WordPieceTokenizer(contentsOf: file).encode("watermelon", maximumLength: 8)
    #expect(other.ids.count == 3 && subset.former[other.ids[1]] == 100)
  }

  @Test("a text comes back without capitals and accents, with spaces as English sets them")
  func spelling() throws {
    let (tokenizer, spelling) = (
      try WordPieceTokenizer(contentsOf: file), try WordPieceSpelling(contentsOf: file)
    )
    for (text, expected) in zip(
      Self.texts,
      [
        "flag: cote d’ivoire", "woman scientist: medium-dark skin tone", "red apple (ripe)",
        // What the vocabulary does not spell is passed over.
        "nuqneh", "it's 3 o'clock!", "unquestionably bioluminescent",
      ])
    {
      #expect(spelling.text(of: tokenizer.encode(text, maximumLength: 64).ids) == expected)
    }
    let end = spelling.end
    let apple = tokenizer.encode("apple", maximumLength: 8).ids[1]
    #expect(spelling.text(of: [apple, end, apple]) == "apple")
    #expect(spelling.text(of: [spelling.mask, 100_000, apple, spelling.padding]) == "apple")
    #expect(spelling.text(of: []).isEmpty)
  }

  @Test("what has no pieces, and special tokens, are told as they stand, and can be left out")
  func unreadable() throws {
    let tokenizer = try WordPieceTokenizer(contentsOf: file)
    for (text, unreadable, readable) in [
      ("red apple", [], "red apple"), ("  Red   Apple (ripe) ", [], "Red Apple (ripe)"),
      ("red zebra, unquestionably", ["zebra", ","], "red unquestionably"),
      ("red? apple", ["?"], "red apple"), ("[MASK] apple", ["[MASK]"], "apple"),
      ("apple[SEP]red", ["[SEP]"], "apple red"),
      ("[CLS] [PAD] [UNK]", ["[CLS]", "[PAD]", "[UNK]"], ""),
      ("zebra", ["zebra"], ""), ("", [], ""),
    ] as [(String, [String], String)] {
      #expect(tokenizer.unreadable(in: text) == unreadable, "\(text)")
      #expect(tokenizer.readable(text) == readable, "\(text)")
    }
  }

  @Test("a file without a special token is refused, and names it")
  func refusal() throws {
    let text = String(decoding: subset.file, as: UTF8.self)
    try folder.write(text.replacing("\"[MASK]\" :", with: "\"[MUSK]\" :").utf8, to: "other.json")
    #expect(
      throws: TokenizerError.missingToken(
        file: folder.file("other.json").path(percentEncoded: false), token: "[MASK]")
    ) { try WordPieceSpelling(contentsOf: folder.file("other.json")) }
    #expect(throws: TokenizerError.self) {
      try WordPieceSubset(of: folder.file("none.json"), for: [])
    }
  }
}
