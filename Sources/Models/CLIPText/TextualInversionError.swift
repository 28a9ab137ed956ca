/// Why a file is no embedding that a text encoder can take.
public enum TextualInversionError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The names of its tensors are not those of an embedding.
  case noEmbedding(file: String, found: [String])
  /// A tensor is neither a vector nor a list of vectors.
  case shape(file: String, tensor: String, found: [Int])
  /// A tensor has elements that are no numbers.
  case notFinite(file: String, tensor: String)
  /// There are no vectors for that text encoder.
  case table(file: String, expected: TextualInversion.Table, found: Set<TextualInversion.Table>)
  /// The vectors are for a text encoder of another width.
  case channels(file: String, expected: Int, found: Int)
  /// There are more vectors than a prompt has places.
  case vectors(file: String, limit: Int, found: Int)

  /// What was expected, what was found, and where.
  public var description: String {
    switch self {
    case .noEmbedding(let file, let found):
      "\(file): expected one tensor with the vectors of a word, or clip_l and clip_g, found "
        + (found.isEmpty ? "none" : found.prefix(5).joined(separator: ", "))
    case .shape(let file, let tensor, let found):
      "\(file): \(tensor): expected [vectors, channels], found \(found)"
    case .notFinite(let file, let tensor):
      "\(file): \(tensor): expected finite numbers, found others"
    case .table(let file, let expected, let found):
      "\(file): expected vectors for \(Self.name(expected)), found some for "
        + found.map(Self.name).sorted().joined(separator: " and ")
    case .channels(let file, let expected, let found):
      "\(file): expected vectors of \(expected) channels, as the text encoder has, found "
        + "\(found)"
    case .vectors(let file, let limit, let found):
      "\(file): expected at most \(limit) vectors, found \(found)"
    }
  }

  private static func name(_ table: TextualInversion.Table) -> String {
    table == .sole ? "a model's only text encoder" : "SDXL's \(table.rawValue)"
  }
}
