internal import Foundation

/// The files of a CLIP tokenizer in the layout of Hugging Face, read as transformers 5.23 reads
/// them.
struct CLIPFiles {
  private let pieces: [String: Int]
  private let merges: [Merge]
  private let declared: Declared
  /// The file of the vocabulary, the one of the merges, and what the merges are called in it.
  private let vocabularyFile: String
  private let mergesFile: String
  private let mergesField: String

  init(folder: URL) throws(TokenizerError) {
    let whole = folder.appending(path: "tokenizer.json")
    let file: TokenizerFile? = try TokenizerFiles.decodeIfPresent(whole)
    declared = try Declared(folder: folder, file: file)
    if let file {
      try file.check(whole.path(percentEncoded: false))
      pieces = file.model.vocab
      merges = file.model.merges
      (vocabularyFile, mergesFile) = (whole.lastPathComponent, whole.path(percentEncoded: false))
      mergesField = "model.merges"
      return
    }
    let vocabulary = folder.appending(path: "vocab.json")
    pieces = try TokenizerFiles.decode(vocabulary)
    vocabularyFile = vocabulary.path(percentEncoded: false)
    let list = folder.appending(path: "merges.txt")
    mergesFile = list.path(percentEncoded: false)
    mergesField = "merges"
    merges = try Self.merges(list)
  }

  /// A line a merge; the first may say the format's version.
  private static func merges(_ url: URL) throws(TokenizerError) -> [Merge] {
    let data = try TokenizerFiles.read(url)
    let file = url.path(percentEncoded: false)
    guard let text = String(validating: data, as: UTF8.self) else {
      throw .unreadable(file: file, reason: "it is not UTF-8")
    }
    var merges: [Merge] = []
    for line in text.split(separator: "\n") where !line.hasPrefix("#version") {
      guard let merge = Merge(String(line)) else {
        throw .unsupported(
          file: file, field: "merges", expected: "two tokens a line", found: String(line))
      }
      merges.append(merge)
    }
    return merges
  }

  /// The vocabulary that the files describe.
  func vocabulary() throws(TokenizerError) -> CLIPVocabulary {
    if let bad = pieces.values.first(where: { !(0...Int(Int32.max) ~= $0) }) {
      throw .unsupported(
        file: vocabularyFile, field: "vocab", expected: "numbers from 0 to \(Int32.max)",
        found: "\(bad)")
    }
    let unknown = try id(declared.unknown)
    let placed = CLIPVocabulary.byteCharacters.sorted { $0.byte < $1.byte }
    let characters = placed.map { String($0.character) }
    return CLIPVocabulary(
      pairs: BytePairs(
        inner: characters.map { pieces[$0] ?? unknown },
        final: characters.map { pieces[$0 + CLIPVocabulary.wordEnd] ?? unknown },
        merges: try numberedMerges()),
      start: try id(declared.start), end: try id(declared.end), padding: try id(declared.padding),
      specials: try declared.specials.map { token throws(TokenizerError) in
        CLIPVocabulary.Special(
          content: token.content, id: try id(token), isNormalized: token.normalized)
      })
  }

  private func numberedMerges() throws(TokenizerError) -> [(left: Int, right: Int, id: Int)] {
    var numbered: [(left: Int, right: Int, id: Int)] = []
    numbered.reserveCapacity(merges.count)
    for merge in merges {
      guard let left = pieces[merge.left], let right = pieces[merge.right],
        let id = pieces[merge.left + merge.right]
      else {
        throw .unsupported(
          file: mergesFile, field: mergesField, expected: "tokens of the vocabulary",
          found: "\(merge.left) \(merge.right)")
      }
      numbered.append((left, right, id))
    }
    return numbered
  }

  private func id(_ token: AddedToken) throws(TokenizerError) -> Int {
    guard let id = pieces[token.content] ?? declared.ids[token.content] else {
      throw .missingToken(file: vocabularyFile, token: token.content)
    }
    return id
  }
}

/// Two tokens that become one.
struct Merge: Decodable {
  let left: String
  let right: String

  init?(_ line: String) {
    let parts = line.split(separator: " ", omittingEmptySubsequences: false)
    guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else { return nil }
    left = String(parts[0])
    right = String(parts[1])
  }

  /// Reads `"a b"` or `["a", "b"]`: the format has both.
  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let line: String
    do {
      line = try container.decode(String.self)
    } catch DecodingError.typeMismatch {
      line = try container.decode([String].self).joined(separator: " ")
    }
    guard let merge = Merge(line) else {
      throw DecodingError.dataCorruptedError(
        in: container, debugDescription: "expected two tokens, found \(line)")
    }
    self = merge
  }
}

/// The parts of a `tokenizer.json` that CLIP's tokenizer follows.
///
/// How it normalizes and splits a text is not read: transformers' class brings its own way.
struct TokenizerFile: Decodable {
  struct Model: Decodable {
    let type: String?
    let endOfWordSuffix: String?
    let continuingSubwordPrefix: String?
    let vocab: [String: Int]
    let merges: [Merge]

    enum CodingKeys: String, CodingKey {
      case type, vocab, merges
      case endOfWordSuffix = "end_of_word_suffix"
      case continuingSubwordPrefix = "continuing_subword_prefix"
    }
  }

  let model: Model
  let addedTokens: [AddedToken]

  enum CodingKeys: String, CodingKey {
    case model
    case addedTokens = "added_tokens"
  }

  /// Refuses another kind of tokenizer.
  func check(_ file: String) throws(TokenizerError) {
    let fields = [
      ("model.type", "BPE", model.type ?? "BPE"),
      ("model.end_of_word_suffix", CLIPVocabulary.wordEnd, model.endOfWordSuffix ?? "none"),
      ("model.continuing_subword_prefix", "", model.continuingSubwordPrefix ?? ""),
    ]
    for (field, expected, found) in fields where expected != found {
      throw .unsupported(
        file: file, field: field, expected: expected.isEmpty ? "none" : expected, found: found)
    }
  }
}
