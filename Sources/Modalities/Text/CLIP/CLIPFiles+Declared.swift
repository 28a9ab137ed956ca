internal import Foundation

/// A token that the files of a tokenizer declare, with how it is found in a text.
struct AddedToken: Decodable {
  let content: String
  let normalized: Bool
  let id: Int?

  private enum CodingKeys: String, CodingKey {
    case content, normalized, lstrip, rstrip, id
    case singleWord = "single_word"
  }

  init(_ content: String, normalized: Bool = false, id: Int? = nil) {
    self.content = content
    self.normalized = normalized
    self.id = id
  }

  /// Reads an object with `content` and flags, or a text, which is found as it stands.
  init(from decoder: any Decoder) throws {
    do {
      self.init(try decoder.singleValueContainer().decode(String.self))
    } catch DecodingError.typeMismatch {
      let keys = try decoder.container(keyedBy: CodingKeys.self)
      for key in [CodingKeys.lstrip, .rstrip, .singleWord]
      where try keys.decodeIfPresent(Bool.self, forKey: key) == true {
        throw DecodingError.dataCorruptedError(
          forKey: key, in: keys, debugDescription: "expected false, found true")
      }
      self.init(
        try keys.decode(String.self, forKey: .content),
        normalized: try keys.decodeIfPresent(Bool.self, forKey: .normalized) ?? true,
        id: try keys.decodeIfPresent(Int.self, forKey: .id))
    }
    // A normalized token is looked for between white space.
    let isSpaced = content.unicodeScalars.contains(where: CLIPCharacters.isSpace)
    guard !content.isEmpty, !(normalized && isSpaced) else {
      throw DecodingError.dataCorrupted(
        .init(
          codingPath: decoder.codingPath,
          debugDescription: "expected a text without white space, found \"\(content)\""))
    }
  }
}

extension CLIPFiles {
  /// What a tokenizer's files say about the tokens that are special.
  ///
  /// `tokenizer_config.json` says all if it has `added_tokens_decoder`. Otherwise
  /// `special_tokens_map.json` comes before it, and `added_tokens.json` and the list in
  /// `tokenizer.json` count too.
  struct Declared {
    let start: AddedToken
    let end: AddedToken
    let unknown: AddedToken
    let padding: AddedToken
    /// All tokens that are found in a text as they stand.
    let specials: [AddedToken]
    /// The numbers of those that the vocabulary may lack.
    let ids: [String: Int]

    init(folder: URL, file: TokenizerFile?) throws(TokenizerError) {
      let names: Names? = try TokenizerFiles.decodeIfPresent(
        folder.appending(path: "tokenizer_config.json"))
      var map: Names?
      var added: [AddedToken] = []
      if let decoder = names?.addedTokensDecoder {
        added = try Self.numbered(decoder, folder.appending(path: "tokenizer_config.json"))
      } else {
        map = try TokenizerFiles.decodeIfPresent(
          folder.appending(path: "special_tokens_map.json"))
        let older: [String: Int]? = try TokenizerFiles.decodeIfPresent(
          folder.appending(path: "added_tokens.json"))
        let spelled = [map?.start, map?.end, map?.unknown, map?.padding].map { $0?.content }
        added = (older ?? [:]).map { content, id in
          AddedToken(content, normalized: !spelled.contains(content), id: id)
        }
        added += file?.addedTokens ?? []
      }
      let end = AddedToken(CLIPVocabulary.endMark)
      start = map?.start ?? names?.start ?? AddedToken(CLIPVocabulary.startMark)
      self.end = map?.end ?? names?.end ?? end
      unknown = map?.unknown ?? names?.unknown ?? end
      padding = map?.padding ?? names?.padding ?? end
      // Of tokens that are declared twice, the list's way counts, and else the last one's.
      var specials: [String: AddedToken] = [:]
      for token in [start, self.end, unknown, padding] + added { specials[token.content] = token }
      self.specials = specials.values.sorted { $0.content < $1.content }
      ids = Dictionary(
        added.compactMap { token in token.id.map { (token.content, $0) } }, uniquingKeysWith: { $1 }
      )
    }

    private static func numbered(
      _ tokens: [String: AddedToken], _ url: URL
    ) throws(TokenizerError) -> [AddedToken] {
      try tokens.map { number, token throws(TokenizerError) in
        guard let id = Int(number), 0...Int(Int32.max) ~= id else {
          throw .unsupported(
            file: url.path(percentEncoded: false), field: "added_tokens_decoder",
            expected: "numbers from 0 to \(Int32.max)", found: number)
        }
        return AddedToken(token.content, normalized: token.normalized, id: id)
      }
    }
  }

  /// The tokens with a role, as `tokenizer_config.json` and `special_tokens_map.json` name them.
  struct Names: Decodable {
    let start: AddedToken?
    let end: AddedToken?
    let unknown: AddedToken?
    let padding: AddedToken?
    let addedTokensDecoder: [String: AddedToken]?

    enum CodingKeys: String, CodingKey {
      case start = "bos_token"
      case end = "eos_token"
      case unknown = "unk_token"
      case padding = "pad_token"
      case addedTokensDecoder = "added_tokens_decoder"
    }
  }
}
