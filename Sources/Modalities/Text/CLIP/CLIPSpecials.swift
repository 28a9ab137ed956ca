/// The tokens of a CLIP tokenizer that are found in a text as they stand.
struct CLIPSpecials: Sendable {
  /// One of them.
  struct Special: Sendable {
    let scalars: [Unicode.Scalar]
    let ids: Range<Int>

    /// Its numbers, all of which stand for the same place of a text.
    func pieces(at source: Int) -> [TokenPiece] {
      ids.map { TokenPiece(id: $0, source: source) }
    }
  }

  /// Those of the text as it is; the longest first.
  let raw: [Special]
  /// Those of the normalized text; the longest first.
  let normalized: [Special]
  /// How many numbers stand together, by the first of them, where it is more than one.
  let counts: [Int: Int]

  init(_ specials: [CLIPVocabulary.Special]) {
    func longestFirst(
      _ specials: [CLIPVocabulary.Special], _ scalars: (String) -> [Unicode.Scalar]
    ) -> [Special] {
      specials.map { Special(scalars: scalars($0.content), ids: $0.id..<$0.id + $0.count) }
        .sorted { $0.scalars.count > $1.scalars.count }
    }
    raw = longestFirst(specials.filter { !$0.isNormalized }) { Array($0.unicodeScalars) }
    normalized = longestFirst(specials.filter(\.isNormalized), Self.normalized)
    counts = Dictionary(
      specials.filter { $0.count > 1 }.map { ($0.id, $0.count) }, uniquingKeysWith: { $1 })
  }

  /// How a token is spelled in a normalized text.
  static func normalized(_ content: String) -> [Unicode.Scalar] {
    CLIPWords.normalized(Array(content.unicodeScalars)[...]).map(\.scalar)
  }
}
