public import Layers

/// What stops a training run.
public enum TrainingError: Error, Sendable, Equatable, CustomStringConvertible {
  /// A number of the plan or of the data is out of its range.
  case invalid(what: String, expected: String, found: String)
  /// The loss or the gradient is not a number; nothing was saved after the last checkpoint.
  case notFinite(step: Int, loss: Double, gradientNorm: Double, learningRate: Double)
  /// An update made weights that are not numbers; they were not saved.
  case weightsNotFinite(step: Int, learningRate: Double)
  /// The run in the folder was begun with a plan, or data, that give other weights.
  case otherPlan(folder: String, differences: [String])
  /// The checkpoint is of another network.
  case otherNetwork(file: String, problems: [LoadingError.Problem])
  /// A file of the run is not what was written.
  case damaged(file: String, expected: String, found: String)
  /// Another process trains in the folder.
  case busy(folder: String)

  /// What was expected, what was found, and where.
  public var description: String {
    switch self {
    case .invalid(let what, let expected, let found):
      "\(what): expected \(expected), found \(found)"
    case .notFinite(let step, let loss, let norm, let rate):
      "step \(step): expected a finite loss and gradient, found loss \(loss) and gradient norm "
        + "\(norm) at learning rate \(rate); the last checkpoint is kept"
    case .weightsNotFinite(let step, let rate):
      "step \(step): expected finite weights, found others after an update at learning rate "
        + "\(rate); the last checkpoint is kept"
    case .otherPlan(let folder, let differences):
      (["\(folder): the run there cannot go on with these settings:"]
        + differences.map { "  \($0)" }).joined(separator: "\n")
    case .otherNetwork(let file, let problems):
      (["\(file): the saved weights do not fit the network:"] + problems.map { "  \($0)" })
        .joined(separator: "\n")
    case .damaged(let file, let expected, let found):
      "\(file): expected \(expected), found \(found)"
    case .busy(let folder):
      "\(folder): expected to train there alone, found another process training there"
    }
  }
}

/// Throws `TrainingError.invalid` unless the condition holds.
func require(
  _ condition: Bool, _ what: String, _ expected: String, _ found: @autoclosure () -> String
) throws(TrainingError) {
  guard condition else { throw .invalid(what: what, expected: expected, found: found()) }
}
