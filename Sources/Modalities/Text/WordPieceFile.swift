internal import Foundation

/// The parts of a `tokenizer.json` that a WordPiece tokenizer follows.
///
/// Truncation and padding are the caller's business, so those settings are not read.
struct WordPieceFile: Decodable {
  struct Normalizer: Decodable {
    let type: String
    let cleanText: Bool
    let handleChineseChars: Bool
    let stripAccents: Bool?
    let lowercase: Bool

    enum CodingKeys: String, CodingKey {
      case type, lowercase
      case cleanText = "clean_text"
      case handleChineseChars = "handle_chinese_chars"
      case stripAccents = "strip_accents"
    }
  }
  struct PreTokenizer: Decodable {
    let type: String
  }
  struct Model: Decodable {
    let type: String?
    let unkToken: String
    let continuingSubwordPrefix: String
    let maxInputCharsPerWord: Int
    let vocab: [String: Int]

    enum CodingKeys: String, CodingKey {
      case type, vocab
      case unkToken = "unk_token"
      case continuingSubwordPrefix = "continuing_subword_prefix"
      case maxInputCharsPerWord = "max_input_chars_per_word"
    }
  }
  struct AddedToken: Decodable {
    let id: Int
    let content: String
    let singleWord: Bool
    let lstrip: Bool
    let rstrip: Bool
    let normalized: Bool

    enum CodingKeys: String, CodingKey {
      case id, content, lstrip, rstrip, normalized
      case singleWord = "single_word"
    }
  }

  let normalizer: Normalizer
  let preTokenizer: PreTokenizer
  let model: Model
  let addedTokens: [AddedToken]

  enum CodingKeys: String, CodingKey {
    case normalizer, model
    case preTokenizer = "pre_tokenizer"
    case addedTokens = "added_tokens"
  }

  /// Reads a file and refuses what this tokenizer would not follow.
  static func read(_ url: URL) throws(TokenizerError) -> WordPieceFile {
    let result: WordPieceFile = try TokenizerFiles.decode(url)
    try result.check(url.path(percentEncoded: false))
    return result
  }

  private func check(_ file: String) throws(TokenizerError) {
    let types = [
      ("model.type", "WordPiece", model.type ?? "WordPiece"),
      ("normalizer.type", "BertNormalizer", normalizer.type),
      ("pre_tokenizer.type", "BertPreTokenizer", preTokenizer.type),
    ]
    for (field, expected, found) in types where expected != found {
      throw .unsupported(file: file, field: field, expected: expected, found: found)
    }
    for token in addedTokens
    where token.singleWord || token.lstrip || token.rstrip || token.normalized {
      throw .unsupported(
        file: file, field: "added_tokens.\(token.content)",
        expected: "a token that is matched as it stands",
        found: "single_word, lstrip, rstrip or normalized")
    }
    for token in addedTokens where token.content.isEmpty {
      throw .unsupported(
        file: file, field: "added_tokens", expected: "a text", found: "an empty one")
    }
    let identifiers = Array(model.vocab.values) + addedTokens.map(\.id)
    guard let bad = identifiers.first(where: { $0 < 0 || $0 > Int(Int32.max) }) else { return }
    throw .unsupported(
      file: file, field: "model.vocab", expected: "numbers from 0 to \(Int32.max)", found: "\(bad)")
  }
}
