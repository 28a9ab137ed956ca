/// Everything in which a network and the weights for it do not fit, said at once.
public struct LoadingError: Error, Sendable, CustomStringConvertible {
  /// One misfit.
  public enum Problem: Sendable, Hashable {
    /// The network needs a weight that the source lacks.
    case missing(String, [Int])
    /// The source has a weight that the network does not need.
    case unexpected(String)
    /// The weight has another shape than the network needs.
    case misshapen(String, expected: [Int], found: [Int])
    /// Two layers ask for the same name.
    case repeated(String)
    /// The source has the weight and cannot give it.
    case unreadable(String, String)
  }

  /// All misfits, those of the network's own weights in the order of its layers.
  public let problems: [Problem]

  /// An error of these misfits.
  package init(problems: [Problem]) {
    self.problems = problems
  }

  /// The misfits, a line each.
  public var description: String {
    (["the weights do not fit the network:"] + problems.map { "  \($0)" }).joined(separator: "\n")
  }
}

extension LoadingError.Problem: CustomStringConvertible {
  /// What was expected and what was found.
  public var description: String {
    switch self {
    case .missing(let name, let shape): "\(name): expected \(shape), found nothing"
    case .unexpected(let name): "\(name): found, but the network has no such weight"
    case .misshapen(let name, let expected, let found):
      "\(name): expected \(expected), found \(found)"
    case .repeated(let name): "\(name): two layers of the network have this name"
    case .unreadable(let name, let reason): "\(name): \(reason)"
    }
  }
}
