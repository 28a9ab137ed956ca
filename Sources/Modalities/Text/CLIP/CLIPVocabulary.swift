/// The tokens of a CLIP tokenizer: bytes, what their merges make, and those with a meaning of their
/// own.
struct CLIPVocabulary: Sendable {
  /// A token that is found in a text as it stands, before any merging.
  struct Special: Sendable, Hashable {
    let content: String
    let id: Int
    /// Whether it is looked for in the composed text in lower case, or in the text as it is.
    let isNormalized: Bool
    /// How many numbers from `id` on it stands for.
    var count = 1
  }

  let pairs: BytePairs
  let start: Int
  let end: Int
  let padding: Int
  var specials: [Special]

  /// The mark at the beginning of a text.
  static let startMark = "<|startoftext|>"
  /// The mark at its end.
  static let endMark = "<|endoftext|>"
  /// What a byte at the end of a word has after it in the files of a vocabulary.
  static let wordEnd = "</w>"

  /// The vocabulary that OpenAI published, which all of Stable Diffusion uses.
  static let published: CLIPVocabulary = {
    let ids = Array(0..<512)
    let placed = byteCharacters.enumerated().sorted { $0.element.byte < $1.element.byte }
    let merges = publishedMerges.enumerated().map { rank, merge in
      (left: merge.left, right: merge.right, id: ids.count + rank)
    }
    let start = ids.count + merges.count
    return CLIPVocabulary(
      pairs: BytePairs(
        inner: placed.map(\.offset), final: placed.map { 256 + $0.offset }, merges: merges),
      start: start, end: start + 1, padding: start + 1,
      specials: [
        Special(content: startMark, id: start, isNormalized: false),
        Special(content: endMark, id: start + 1, isNormalized: false),
      ])
  }()

  /// The numbers of what each merge joins.
  static var publishedMerges: [(left: Int, right: Int)] {
    let digits = CLIPMerges.digits.withUTF8Buffer { bytes in
      bytes.filter { $0 != UInt8(ascii: "\n") }.map { Int($0 - UInt8(ascii: "0")) }
    }
    return stride(from: 0, to: digits.count, by: 6).map { place in
      func number(_ start: Int) -> Int {
        digits[start] << 12 | digits[start + 1] << 6 | digits[start + 2]
      }
      return (left: number(place), right: number(place + 3))
    }
  }

  /// The characters that stand for bytes in the files of a vocabulary, in the published order:
  /// printable Latin-1 for itself, the others from U+0100 on.
  static let byteCharacters: [(byte: UInt8, character: Unicode.Scalar)] = {
    let own = Array(33...126) + Array(161...172) + Array(174...255) as [UInt8]
    let others = (0...255).filter { !own.contains($0) } as [UInt8]
    return own.map { ($0, Unicode.Scalar($0)) }
      + others.enumerated().compactMap { place, byte in
        Unicode.Scalar(0x100 + UInt32(place)).map { (byte, $0) }
      }
  }()
}
