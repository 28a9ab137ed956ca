/// Why a data set could not be synthesized.
public enum SynthesizeError: Error, Sendable, Hashable, CustomStringConvertible {
  /// A value that is not allowed.
  case value(_ name: String, expected: String, found: String)
  /// The request is written in a layout of another version.
  case version(expected: Int, found: Int)
  /// The output folder holds something else.
  case occupied(path: String)
  /// The output folder was begun with another request.
  case otherRequest(path: String)
  /// A file of the output folder that is not as it was written.
  case damaged(path: String, reason: String)

  /// What was expected, what was found and where.
  public var description: String {
    switch self {
    case .value(let name, let expected, let found):
      "\(name): expected \(expected), found \(found)"
    case .version(let expected, let found):
      "version of the request: expected \(expected), found \(found); it is of another Inkwell"
    case .occupied(let path):
      "\(path) exists and is no data set made by this command; name another folder or move it away"
    case .otherRequest(let path):
      "\(path): expected the same request as when it was begun, found another; "
        + "name another folder, or ask for the same data set"
    case .damaged(let path, let reason):
      "\(path): \(reason)"
    }
  }
}
