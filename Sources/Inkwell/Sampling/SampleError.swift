/// What is wrong with a request for samples of a pixel model.
public enum SampleError: Error, Sendable, Hashable, CustomStringConvertible {
  /// A value that is not allowed.
  case value(_ name: String, expected: String, found: String)
  /// A spacing of timesteps where the process is no chain.
  case noChain
  /// The request is written in a layout of another version.
  case version(expected: Int, found: Int)

  /// What was expected and what was found.
  public var description: String {
    switch self {
    case .value(let name, let expected, let found):
      "\(name): expected \(expected), found \(found.isEmpty ? "nothing" : found)"
    case .noChain:
      "spacing: expected a model whose process is a chain of timesteps, found a continuous one"
    case .version(let expected, let found):
      "version of the request: expected \(expected), found \(found); it is of another Inkwell"
    }
  }
}
