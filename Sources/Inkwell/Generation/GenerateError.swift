/// What is wrong with a ``Generate/Request``.
public enum GenerateError: Error, Sendable, Hashable, CustomStringConvertible {
  /// There is no prompt.
  case noPrompts
  /// A value that is not allowed.
  case value(_ name: String, expected: String, found: String)
  /// The request is written in a layout of another version.
  case version(expected: Int, found: Int)
  /// A setting that the model has not.
  case unknownSetting(_ name: String, of: String)

  /// What was expected and what was found.
  public var description: String {
    switch self {
    case .noPrompts: "expected at least one prompt, found none"
    case .value(let name, let expected, let found):
      "\(name): expected \(expected), found \(found.isEmpty ? "nothing" : found)"
    case .version(let expected, let found):
      "version of the request: expected \(expected), found \(found); it is of another Inkwell"
    case .unknownSetting(let name, let model):
      "\(name): expected none for \(model), found one"
    }
  }
}
