import Foundation
import Modalities
import TestSupport
import Testing

/// Files that describe no WordPiece tokenizer.
@Suite("tokenizer files")
struct TokenizerFileTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// A tokenizer of five pieces, whose parts the tests put in another way.
  static let sound = """
    {"added_tokens": [], "truncation": null, "padding": null,
     "normalizer": {"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true,
                    "strip_accents": null, "lowercase": true},
     "pre_tokenizer": {"type": "BertPreTokenizer"},
     "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
               "max_input_chars_per_word": 100,
               "vocab": {"[PAD]": 0, "[UNK]": 1, "[CLS]": 2, "[SEP]": 3, "a": 4, "##b": 5,
                         "가": 6}}}
    """

  @Test("a small one is read, and compares characters and not what they look like")
  func readsASmallOne() throws {
    let tokenizer = try read(Self.sound)
    #expect(tokenizer.encode("Ab abb aa", maximumLength: 9).ids == [2, 4, 5, 4, 5, 5, 1, 3])
    // The syllable is taken apart by the normalizer; the piece in the vocabulary is not.
    #expect(tokenizer.encode("가", maximumLength: 9).ids == [2, 1, 3])
  }

  @Test("accents and case are kept where the file says so")
  func keepsAccents() throws {
    let text = Self.sound.replacing("\"lowercase\": true", with: "\"lowercase\": false")
    let tokenizer = try read(text)
    #expect(tokenizer.encode("A á a 가", maximumLength: 9).ids == [2, 1, 1, 4, 6, 3])
  }

  @Test(
    "a tokenizer of another kind is refused by the field that says so",
    arguments: [
      ("\"WordPiece\"", "\"BPE\"", "model.type"),
      ("\"BertNormalizer\"", "\"NFC\"", "normalizer.type"),
      ("\"BertPreTokenizer\"", "\"Whitespace\"", "pre_tokenizer.type"),
      ("\"a\": 4", "\"a\": -4", "model.vocab"),
    ])
  func refusesOtherKinds(old: String, new: String, field: String) throws {
    let error = #expect(throws: TokenizerError.self) {
      try read(Self.sound.replacing(old, with: new))
    }
    #expect(error?.description.contains("\(field): expected ") == true)
  }

  @Test(
    "a special token that is missing is named", arguments: ["[PAD]", "[UNK]", "[CLS]", "[SEP]"])
  func missesTokens(_ token: String) throws {
    let error = #expect(throws: TokenizerError.self) {
      try read(Self.sound.replacing("\"\(token)\":", with: "\"x\":"))
    }
    #expect(error?.description.contains("expected the token \(token) in the vocabulary") == true)
  }

  @Test("an added token that strips what is around it is refused")
  func refusesStrippingTokens() throws {
    let token = """
      "added_tokens": [{"id": 9, "content": "<x>", "single_word": false, "lstrip": true,
      "rstrip": false, "normalized": false, "special": true}]
      """
    let error = #expect(throws: TokenizerError.self) {
      try read(Self.sound.replacing("\"added_tokens\": []", with: token))
    }
    #expect(error?.description.contains("added_tokens.<x>") == true)
  }

  @Test("what is no JSON, or no file, is refused with the file's name")
  func refusesNonsense() throws {
    for text in ["", "{}", "[1", String(Self.sound.dropLast())] {
      let error = #expect(throws: TokenizerError.self) { try read(text) }
      #expect(error?.description.contains("tokenizer.json") == true)
    }
    for path in ["/dev/zero", "/", "/nowhere/tokenizer.json"] {
      #expect(throws: TokenizerError.self) {
        try WordPieceTokenizer(contentsOf: URL(filePath: path))
      }
    }
  }

  private func read(_ text: String) throws -> WordPieceTokenizer {
    try WordPieceTokenizer(contentsOf: folder.write(text.utf8, to: "tokenizer.json"))
  }
}
