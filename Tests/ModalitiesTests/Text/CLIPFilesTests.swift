import Foundation
import TestSupport
import Testing

@testable import Modalities

/// Tokenizers in folders, in the layouts that the hub has.
@Suite("CLIP's tokenizer files")
struct CLIPFilesTests {
  @Test("the published vocabulary from its files, padding with `!`, gets the reference's numbers")
  func published() throws {
    let folder = try Self.published()
    try folder.write(Data(Self.sdxl.utf8), to: "tokenizer_config.json")
    let tokenizer = try CLIPTokenizer(folder: folder.url)
    #expect(tokenizer.start == 49406 && tokenizer.end == 49407 && tokenizer.padding == 0)
    let fixtures = try CLIPFixtures()
    for (number, hash) in fixtures.padded.enumerated() {
      let text = fixtures.text(number)
      let ids = tokenizer.encode(text, maximumLength: 1 << 20).ids
      #expect(CLIPFixtures.hash(text, ids) == hash, "\(number): \(text.debugDescription)")
    }
  }

  @Test("the files that are written for a model are those of its tokenizer")
  func written() throws {
    let fixtures = try CLIPFixtures()
    for (padding, id, hashes) in [(nil, 49407, fixtures.published), ("!", 0, fixtures.padded)] {
      let folder = try TemporaryFolder()
      for (name, data) in try CLIPTokenizer.publishedFiles(padding: padding) {
        try folder.write(data, to: name)
      }
      let tokenizer = try CLIPTokenizer(folder: folder.url)
      #expect(tokenizer.padding == id)
      for number in stride(from: 0, to: hashes.count, by: 7) {
        let text = fixtures.text(number)
        let ids = tokenizer.encode(text, maximumLength: 1 << 20).ids
        #expect(CLIPFixtures.hash(text, ids) == hashes[number], "\(text.debugDescription)")
      }
    }
  }

  @Test("both forms of merges in tokenizer.json, and the files beside it, are one vocabulary")
  func layouts() throws {
    let plain = try Self.small()
    let whole = try TemporaryFolder()
    try whole.write(Data(Self.whole(merges: #""a b</w>", "c a""#).utf8), to: "tokenizer.json")
    let pairs = try TemporaryFolder()
    try pairs.write(
      Data(Self.whole(merges: #"["a", "b</w>"], ["c", "a"]"#).utf8), to: "tokenizer.json")
    for folder in [plain, whole, pairs] {
      let tokenizer = try CLIPTokenizer(folder: folder.url)
      // ca + b</w>, c + ab</w>: the earlier merge wins; z is unknown.
      #expect(tokenizer.ids(of: "cab ab z ca") == [2, 5, 5, 8, 2, 3])
      #expect(tokenizer.encode("ab", maximumLength: 9).ids == [7, 5, 8])
    }
  }

  @Test("a mark counts in capitals where it is declared for normalized text, and only there")
  func normalizedMarks() throws {
    let folder = try Self.published()
    let older = try CLIPTokenizer(folder: folder.url)
    #expect(older.ids(of: "<|ENDOFTEXT|>") == [27, 347, 40786, 4160, 91, 285])
    let mark = """
      {"content": "<|endoftext|>", "lstrip": false, "normalized": true, "rstrip": false,
       "single_word": false}
      """
    // The padding is declared as a text, which is the last word about the same token.
    try folder.write(
      Data(#"{"eos_token": \#(mark), "pad_token": "<|endoftext|>"}"#.utf8),
      to: "special_tokens_map.json")
    #expect(try CLIPTokenizer(folder: folder.url).ids(of: "<|ENDOFTEXT|>").count == 6)
    try folder.write(
      Data(#"{"eos_token": \#(mark), "pad_token": \#(mark), "unk_token": \#(mark)}"#.utf8),
      to: "special_tokens_map.json")
    #expect(try CLIPTokenizer(folder: folder.url).ids(of: "<|ENDOFTEXT|>") == [49407])
  }

  @Test("a token that was added is found within words, by its number")
  func addedTokens() throws {
    let folder = try Self.small()
    try folder.write(Data(#"{"<ca>": 9, "ca": 10}"#.utf8), to: "added_tokens.json")
    let tokenizer = try CLIPTokenizer(folder: folder.url)
    #expect(tokenizer.ids(of: "ab<ca>cab") == [5, 9, 3 + 3, 4])
  }

  @Test(
    "files that do not fit are refused by the field that says so",
    arguments: [
      ("vocab.json", "{", "vocab.json: expected a tokenizer in JSON"),
      ("vocab.json", "null", "vocab.json: expected a tokenizer in JSON"),
      ("vocab.json", #"{"a": -1}"#, "vocab: expected numbers from 0 to 2147483647, found -1"),
      ("vocab.json", #"{"a": 1}"#, "expected the token <|endoftext|> in the vocabulary"),
      ("merges.txt", "a b</w> c\n", "merges: expected two tokens a line, found a b</w> c"),
      ("merges.txt", "a c\n", "merges: expected tokens of the vocabulary, found a c"),
      ("merges.txt", "\u{FFFD}\n", "merges: expected two tokens a line"),
      ("tokenizer_config.json", #"{"bos_token": "<s>"}"#, "expected the token <s>"),
      ("tokenizer_config.json", #"{"pad_token": 3}"#, "tokenizer_config.json: expected"),
      (
        "tokenizer_config.json", #"{"pad_token": {"content": "a", "lstrip": true}}"#,
        "expected false, found true"
      ),
      (
        "tokenizer_config.json", #"{"pad_token": {"content": "a b"}}"#,
        "expected a text without white space"
      ),
      (
        "tokenizer_config.json", #"{"added_tokens_decoder": {"x": {"content": "a"}}}"#,
        "added_tokens_decoder: expected numbers from 0 to 2147483647, found x"
      ),
    ])
  func refusals(file: String, text: String, reason: String) throws {
    let folder = try Self.small()
    try folder.write(Data(text.utf8), to: file)
    let error = #expect(throws: TokenizerError.self) { try CLIPTokenizer(folder: folder.url) }
    #expect(error?.description.contains(reason) == true, "\(error?.description ?? "")")
  }

  @Test(
    "another tokenizer.json is refused by the field that says so",
    arguments: [
      (#""BPE""#, #""Unigram""#, "model.type: expected BPE, found Unigram"),
      (#""</w>""#, #""_""#, "model.end_of_word_suffix: expected </w>, found _"),
      ("\"\"", "\"##\"", "model.continuing_subword_prefix: expected none, found ##"),
      (#""a b</w>""#, #""a""#, "expected two tokens, found a"),
      (#""c a""#, #""c b""#, "model.merges: expected tokens of the vocabulary, found c b"),
    ])
  func otherKinds(old: String, new: String, reason: String) throws {
    let folder = try TemporaryFolder()
    let text = Self.whole(merges: #""a b</w>", "c a""#).replacing(
      old, with: new, maxReplacements: 1)
    try folder.write(Data(text.utf8), to: "tokenizer.json")
    let error = #expect(throws: TokenizerError.self) { try CLIPTokenizer(folder: folder.url) }
    #expect(error?.description.contains(reason) == true, "\(error?.description ?? "")")
  }

  @Test("an empty folder is refused")
  func nothing() throws {
    let folder = try TemporaryFolder()
    let error = #expect(throws: TokenizerError.self) { try CLIPTokenizer(folder: folder.url) }
    #expect(error?.description.contains("vocab.json: expected") == true)
  }

  /// The files of the vocabulary that is part of the library.
  static func published() throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    for (name, data) in try CLIPTokenizer.publishedFiles()
    where name != "tokenizer_config.json" {
      try folder.write(data, to: name)
    }
    return folder
  }

  private static let vocabulary = """
    {"a": 0, "b": 1, "c": 2, "a</w>": 3, "b</w>": 4, "ab</w>": 5, "ca": 6, "<|startoftext|>": 7,
     "<|endoftext|>": 8}
    """

  /// A vocabulary of nine tokens.
  private static func small() throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    try folder.write(Data(vocabulary.utf8), to: "vocab.json")
    try folder.write(Data("#version: 0.2\na b</w>\nc a\n".utf8), to: "merges.txt")
    return folder
  }

  private static func whole(merges: String) -> String {
    """
    {"model": {"type": "BPE", "end_of_word_suffix": "</w>", "continuing_subword_prefix": "",
    "vocab": \(vocabulary), "merges": [\(merges)]}, "added_tokens": []}
    """
  }

  /// What SDXL's second tokenizer declares.
  private static let sdxl = """
    {"added_tokens_decoder": {
      "0": {"content": "!", "normalized": false},
      "49406": {"content": "<|startoftext|>", "normalized": true},
      "49407": {"content": "<|endoftext|>", "normalized": true}},
     "bos_token": "<|startoftext|>", "eos_token": "<|endoftext|>", "pad_token": "!",
     "unk_token": "<|endoftext|>"}
    """
}
