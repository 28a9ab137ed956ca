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
