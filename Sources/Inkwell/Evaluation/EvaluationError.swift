/// Why a model could not be evaluated.
public enum EvaluationError: Error, Sendable, Hashable, CustomStringConvertible {
  /// A split has too few for the measures.
  case tooFew(split: String, expected: Int, found: Int)
  /// The data has no split that the model was not trained on.
  case nothingHeldOut(folder: String, splits: [String])
  /// A line of `metadata.jsonl` that is not as the data set's maker writes it.
  case line(Int, file: String, reason: String)
  /// A file of a data set of which no line tells what it is.
  case undescribed(String, folder: String)
  /// A number out of its range.
  case value(String, expected: String, found: String)

  /// What was expected and what was found.
  public var description: String {
    switch self {
    case .tooFew(let split, let expected, let found):
      "split \"\(split)\": expected at least \(expected) that the model can be compared with, "
        + "found \(found)"
    case .nothingHeldOut(let folder, let splits):
      "\(folder): expected some of a split among \(splits.joined(separator: ", ")), found none"
    case .line(let number, let file, let reason):
      "\(file):\(number): expected a line as `inkwell dataset` writes it, found one without: "
        + reason
    case .undescribed(let name, let folder):
      "\(folder): expected a line of metadata.jsonl about \(name), found none"
    case .value(let name, let expected, let found):
      "\(name): expected \(expected), found \(found)"
    }
  }
}
