public import Foundation

/// A WordPiece tokenizer with only the pieces that some texts need, for a network that says tokens:
/// one that says a few thousand is smaller, and says nothing that it never read.
public struct WordPieceSubset: Sendable {
  /// The smaller `tokenizer.json`, which spells those texts with as many pieces as before.
  public let file: Data
  /// The former number of each piece, by its new one.
  public let former: [Int]

  /// Takes the pieces of texts, and the special tokens.
  ///
  /// A text is spelled by the longest pieces there are, which are still there, and so the same.
  ///
  /// - Parameters:
  ///   - url: A `tokenizer.json` whose model is WordPiece.
  ///   - texts: What must be spelled.
  /// - Throws: `TokenizerError`.
  public init(of url: URL, for texts: [String]) throws(TokenizerError) {
    let whole = try WordPieceFile.read(url)
    let tokenizer = try WordPieceTokenizer(contentsOf: url)
    var used = Set(whole.addedTokens.map(\.id))
    for token in ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"] {
      if let id = whole.model.vocab[token] { used.insert(id) }
    }
    for text in texts {
      let pieces = tokenizer.pieces(of: Array(text.unicodeScalars), enough: .max)
      used.formUnion(pieces.map(\.id))
    }
    let kept = used.sorted()
    former = kept
    let number = Dictionary(uniqueKeysWithValues: kept.enumerated().map { ($1, $0) })
    do {
      file = try Self.renumbered(try TokenizerFiles.read(url), number)
    } catch let error as TokenizerError {
      throw error
    } catch {
      throw .unreadable(file: url.path(percentEncoded: false), reason: "\(error)")
    }
  }

  /// The file with the numbers that pieces have now, and without the other pieces.
  private static func renumbered(_ file: Data, _ number: [Int: Int]) throws -> Data {
    var tree = try JSONSerialization.jsonObject(with: file) as? [String: Any] ?? [:]
    var model = tree["model"] as? [String: Any] ?? [:]
    let vocabulary = model["vocab"] as? [String: Int] ?? [:]
    model["vocab"] = vocabulary.compactMapValues { number[$0] }
    tree["model"] = model
    tree["added_tokens"] = (tree["added_tokens"] as? [[String: Any]] ?? []).map { token in
      token.merging(["id": number[token["id"] as? Int ?? -1] as Any]) { $1 }
    }
    // What is put around texts, and lengths that they are brought to, are the caller's business.
    tree["post_processor"] = NSNull()
    tree["truncation"] = NSNull()
    tree["padding"] = NSNull()
    return try JSONSerialization.data(
      withJSONObject: tree, options: [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes])
  }
}
