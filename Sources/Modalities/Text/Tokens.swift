/// A text as numbers of a vocabulary.
public struct Tokens: Sendable, Equatable {
  /// Where a text was cut because it was too long.
  public struct Cut: Sendable, Equatable {
    /// The number of characters that were kept.
    public let offset: Int
    /// The part of the text that the numbers stand for.
    public let kept: String
    /// The part of the text that they do not.
    public let dropped: String
  }

  /// The numbers, with those that mark the beginning and the end of the text.
  public let ids: [Int]
  /// Where the text was cut, or `nil` if all of it is there.
  public let cut: Cut?
}

/// Tokens brought to a fixed length.
public struct PaddedTokens: Sendable, Equatable {
  /// The numbers, `[length]`.
  public let ids: [Int]
  /// 1 for a number of the text, 0 for padding, `[length]`.
  public let mask: [Int]
}

/// A number of a vocabulary, and the place in a text of what it stands for.
struct TokenPiece: Sendable, Equatable {
  let id: Int
  /// The offset in the text, in Unicode scalars.
  let source: Int
}

extension Tokens {
  /// The numbers of a text between two marks, cut where there are too many.
  init(_ pieces: [TokenPiece], of text: String, from start: Int, to end: Int, maximumLength: Int) {
    let kept = pieces.prefix(maximumLength - 2)
    ids = [start] + kept.map(\.id) + [end]
    guard kept.count < pieces.count else {
      cut = nil
      return
    }
    let place = text.unicodeScalars.index(text.startIndex, offsetBy: pieces[kept.count].source)
    cut = Cut(
      offset: text[..<place].count, kept: String(text[..<place]), dropped: String(text[place...]))
  }

  /// Fills the numbers up to a length.
  func padded(to length: Int, with padding: Int) -> PaddedTokens {
    precondition(ids.count <= length, "\(ids.count) tokens do not fit in \(length)")
    let missing = length - ids.count
    return PaddedTokens(
      ids: ids + Array(repeating: padding, count: missing),
      mask: Array(repeating: 1, count: ids.count) + Array(repeating: 0, count: missing))
  }
}
