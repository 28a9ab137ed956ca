/// What is wrong with a mixture or with the file that describes it.
public enum MixtureError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The file cannot be read.
  case unreadable(reason: String)
  /// The text is no JSON object.
  case notJSON(reason: String)
  /// A key is missing.
  case missing(key: String)
  /// A key that no mixture has.
  case unknown(key: String)
  /// A key's value is of another kind.
  case kind(key: String, expected: String)
  /// The lists are not equally long.
  case lengths(weights: Int, means: Int, deviations: Int)
  /// There are no components, or too many.
  case components(Int)
  /// A number out of its range.
  case number(_ key: String, _ index: Int, expected: String, found: Double)
  /// The weights do not sum to 1.
  case sum(Double)
  /// A component is too narrow beside the whole mixture.
  case narrow(_ index: Int, least: Double, found: Double)
  /// What is wrong in a file.
  indirect case file(path: String, MixtureError)

  /// What was expected, what was found and where.
  public var description: String {
    switch self {
    case .unreadable(let reason): reason
    case .notJSON(let reason):
      "expected a JSON object with the keys weights, means and deviations; \(reason)"
    case .missing(let key): "\(key): expected a list of numbers, found no such key"
    case .unknown(let key):
      "\(key): expected only the keys weights, means and deviations, found this one too"
    case .kind(let key, let expected): "\(key): expected \(expected), found something else"
    case .lengths(let weights, let means, let deviations):
      "weights, means, deviations: expected lists of one length, "
        + "found \(weights), \(means) and \(deviations) numbers"
    case .components(let count):
      "weights: expected 1 to \(NormalMixture.maximumComponents) numbers, found \(count)"
    case .number(let key, let index, let expected, let found):
      "\(key)[\(index)]: expected \(expected), found \(found)"
    case .sum(let sum): "weights: expected numbers that sum to 1, found a sum of \(sum)"
    case .narrow(let index, let least, let found):
      "deviations[\(index)]: expected at least \(least), "
        + "\(NormalMixture.leastDeviation) of the whole mixture's deviation, found \(found)"
    case .file(let path, let error): "\(path): \(error)"
    }
  }
}
