/// Why a tokenizer's file is not one that can be used.
public enum TokenizerError: Error, Equatable, CustomStringConvertible {
  /// The file could not be read, or is not the JSON that it should be.
  case unreadable(file: String, reason: String)
  /// The file is larger than a vocabulary could be.
  case tooLarge(file: String, found: Int, limit: Int)
  /// The file describes a tokenizer of another kind.
  case unsupported(file: String, field: String, expected: String, found: String)
  /// A token that the tokenizer cannot do without is not in the vocabulary.
  case missingToken(file: String, token: String)
  /// A word that cannot be added to the tokenizer.
  case word(_ found: String, expected: String)

  /// What was expected, what was found, and where.
  public var description: String {
    switch self {
    case .unreadable(let file, let reason):
      "\(file): expected a tokenizer in JSON: \(reason)"
    case .tooLarge(let file, let found, let limit):
      "\(file): expected a tokenizer of at most \(limit) bytes, found \(found)"
    case .unsupported(let file, let field, let expected, let found):
      "\(file): \(field): expected \(expected), found \(found)"
    case .missingToken(let file, let token):
      "\(file): expected the token \(token) in the vocabulary, found none"
    case .word(let found, let expected):
      "word of an embedding: expected \(expected), found \(found.debugDescription)"
    }
  }
}
