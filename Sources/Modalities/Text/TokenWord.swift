/// A word of a text, and the tokens that it became.
public struct TokenWord: Sendable, Hashable {
  /// The word.
  public let text: String
  /// The places of its tokens among those of the text, the mark of the beginning being at 0.
  public let tokens: Range<Int>
}

extension TokenWord {
  /// The words of a text that tokens stand for: runs of what is neither white space nor
  /// punctuation, but for hyphens and apostrophes inside.
  ///
  /// - Parameters:
  ///   - text: The text.
  ///   - pieces: The tokens that are kept of it.
  /// - Returns: The words in their order.
  static func words(of text: String, _ pieces: some Collection<TokenPiece>) -> [TokenWord] {
    let scalars = Array(text.unicodeScalars)
    var words: [TokenWord] = []
    var start = 0
    while start < scalars.count {
      guard isLetter(scalars[start]) else {
        start += 1
        continue
      }
      var end = start + 1
      while end < scalars.count, continues(scalars, at: end) { end += 1 }
      let places = pieces.enumerated().filter { start..<end ~= $0.element.source }.map(\.offset)
      if let first = places.first, let last = places.last {
        let spelling = String(String.UnicodeScalarView(scalars[start..<end]))
        words.append(TokenWord(text: spelling, tokens: first + 1..<last + 2))
      }
      start = end
    }
    return words
  }

  private static func continues(_ scalars: [Unicode.Scalar], at place: Int) -> Bool {
    if isLetter(scalars[place]) { return true }
    let next = place + 1
    return ["-", "'", "’"].contains(scalars[place]) && next < scalars.count
      && isLetter(scalars[next])
  }

  private static func isLetter(_ scalar: Unicode.Scalar) -> Bool {
    if scalar.properties.isWhitespace { return false }
    switch scalar.properties.generalCategory {
    case .connectorPunctuation, .dashPunctuation, .openPunctuation, .closePunctuation,
      .initialPunctuation, .finalPunctuation, .otherPunctuation, .control:
      return false
    default: return true
    }
  }
}

extension CLIPTokenizer {
  /// The words of a text, as far as its tokens are kept.
  ///
  /// - Parameters:
  ///   - text: Any text.
  ///   - maximumLength: As in ``encode(_:maximumLength:)``.
  /// - Returns: The words that tokens stand for, in their order.
  public func words(of text: String, maximumLength: Int) -> [TokenWord] {
    let pieces = pieces(of: text, enough: maximumLength - 1)
    return TokenWord.words(of: text, pieces.prefix(maximumLength - 2))
  }
}

extension WordPieceTokenizer {
  /// The words of a text, as far as its tokens are kept.
  ///
  /// - Parameters:
  ///   - text: Any text.
  ///   - maximumLength: As in ``encode(_:maximumLength:)``.
  /// - Returns: The words that tokens stand for, in their order.
  public func words(of text: String, maximumLength: Int) -> [TokenWord] {
    let pieces = pieces(of: Array(text.unicodeScalars), enough: maximumLength - 1)
    return TokenWord.words(of: text, pieces.prefix(maximumLength - 2))
  }
}
