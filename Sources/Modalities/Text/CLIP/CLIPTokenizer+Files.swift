package import Foundation

extension CLIPTokenizer {
  /// The files of the published tokenizer, by name, as transformers reads them.
  ///
  /// - Parameter padding: The token that fills a text up, the mark of the end if not given; SDXL's
  ///   second tokenizer and that of Stable
  ///   Diffusion 2 have `!`.
  /// - Returns: `vocab.json`, `merges.txt` and `tokenizer_config.json`.
  /// - Throws: What encoding JSON throws.
  package static func publishedFiles(
    padding: String? = nil
  ) throws -> [String: Data] {
    let characters = CLIPVocabulary.byteCharacters.map { String($0.character) }
    var tokens = characters + characters.map { $0 + CLIPVocabulary.wordEnd }
    var merges = ["#version: 0.2"]
    for merge in CLIPVocabulary.publishedMerges {
      merges.append("\(tokens[merge.left]) \(tokens[merge.right])")
      tokens.append(tokens[merge.left] + tokens[merge.right])
    }
    tokens += [CLIPVocabulary.startMark, CLIPVocabulary.endMark]
    let numbers = Dictionary(uniqueKeysWithValues: tokens.enumerated().map { ($1, $0) })
    var settings = Settings(padding: padding ?? CLIPVocabulary.endMark)
    if let padding, let number = numbers[padding] {
      settings.declared = [
        "\(number)": Token(content: padding, isNormalized: false),
        "\(tokens.count - 2)": Token(content: CLIPVocabulary.startMark, isNormalized: true),
        "\(tokens.count - 1)": Token(content: CLIPVocabulary.endMark, isNormalized: true),
      ]
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return [
      "vocab.json": try encoder.encode(numbers),
      "merges.txt": Data((merges.joined(separator: "\n") + "\n").utf8),
      "tokenizer_config.json": try encoder.encode(settings),
    ]
  }

  /// What `tokenizer_config.json` says of the published tokenizer.
  ///
  /// One that pads with a token of its own declares all three of them, as SDXL's second does; the
  /// marks then count in capitals too.
  private struct Settings: Encodable {
    let kind = "CLIPTokenizer"
    let start = CLIPVocabulary.startMark
    let end = CLIPVocabulary.endMark
    let unknown = CLIPVocabulary.endMark
    let padding: String
    var declared: [String: Token]?
    let lowercases = true
    let longest = 77

    enum CodingKeys: String, CodingKey {
      case kind = "tokenizer_class"
      case start = "bos_token"
      case end = "eos_token"
      case unknown = "unk_token"
      case padding = "pad_token"
      case declared = "added_tokens_decoder"
      case lowercases = "do_lower_case"
      case longest = "model_max_length"
    }
  }

  /// A token that is found in a text as it stands.
  private struct Token: Encodable {
    let content: String
    let isNormalized: Bool
    let isSpecial = true
    let isWord = false
    let takesLeft = false
    let takesRight = false

    enum CodingKeys: String, CodingKey {
      case content
      case isNormalized = "normalized"
      case isSpecial = "special"
      case isWord = "single_word"
      case takesLeft = "lstrip"
      case takesRight = "rstrip"
    }
  }
}
