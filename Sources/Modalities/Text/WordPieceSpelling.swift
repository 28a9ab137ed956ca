public import Foundation

/// Texts of a WordPiece tokenizer's numbers.
///
/// What the tokenizer took away is not there again: capitals, and which spaces stood beside
/// punctuation, which are set as English has them.
public struct WordPieceSpelling: Sendable {
  /// The number of `[PAD]`.
  public let padding: Int
  /// The number of `[SEP]`, which ends a text.
  public let end: Int
  /// The number of `[MASK]`.
  public let mask: Int
  /// How many numbers there are.
  public let count: Int

  private let pieces: [Int: String]
  private let special: Set<Int>
  private let continuation: String

  /// Reads a `tokenizer.json` whose model is WordPiece.
  ///
  /// - Throws: `TokenizerError` if it cannot be read, describes another kind of tokenizer, or lacks
  ///   a special token.
  public init(contentsOf url: URL) throws(TokenizerError) {
    let file = try WordPieceFile.read(url)
    func number(_ token: String) throws(TokenizerError) -> Int {
      guard let found = file.model.vocab[token] else {
        throw .missingToken(file: url.path(percentEncoded: false), token: token)
      }
      return found
    }
    padding = try number("[PAD]")
    end = try number("[SEP]")
    mask = try number("[MASK]")
    special = Set(file.addedTokens.map(\.id)).union([padding, end, mask])
    continuation = file.model.continuingSubwordPrefix
    var pieces: [Int: String] = [:]
    for (piece, number) in file.model.vocab { pieces[number] = piece }
    self.pieces = pieces
    count = (pieces.keys.max() ?? -1) + 1
  }

  /// The text of numbers up to the end that they mark.
  ///
  /// - Parameter ids: Numbers; special tokens and numbers of no piece are passed over.
  /// - Returns: The text.
  public func text(of ids: [Int]) -> String {
    var text = ""
    // Whether the next word stands right behind what is there.
    var isJoined = true
    for id in ids.prefix(while: { $0 != end }) where !special.contains(id) {
      guard let piece = pieces[id] else { continue }
      if piece.hasPrefix(continuation) {
        text += piece.dropFirst(continuation.count)
        isJoined = false
        continue
      }
      if !isJoined && !Self.closing.contains(piece) { text += " " }
      text += piece
      isJoined = Self.opening.contains(piece)
    }
    return text
  }

  /// What stands right behind a word.
  private static let closing: Set<String> = [",", ".", ":", ";", "!", "?", ")", "'", "’", "-", "”"]
  /// What a word stands right behind.
  private static let opening: Set<String> = ["(", "'", "’", "-", "“"]
}
