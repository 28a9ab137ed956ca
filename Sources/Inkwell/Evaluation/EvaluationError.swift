/// Why a model could not be evaluated.
public enum EvaluationError: Error, Sendable, Hashable, CustomStringConvertible {
  /// A split has too few pictures for the measures.
  case tooFew(split: String, expected: Int, found: Int)
  /// The data has no split of pictures that the model was not trained on.
  case nothingHeldOut(folder: String, splits: [String])
  /// A number out of its range.
  case value(String, expected: String, found: String)

  /// What was expected and what was found.
  public var description: String {
    switch self {
    case .tooFew(let split, let expected, let found):
      "split \"\(split)\": expected at least \(expected) pictures of the model's styles, "
        + "found \(found)"
    case .nothingHeldOut(let folder, let splits):
      "\(folder): expected pictures of a split among \(splits.joined(separator: ", ")), found none"
    case .value(let name, let expected, let found):
      "\(name): expected \(expected), found \(found)"
    }
  }
}
