/// Why a data set could not be built.
public enum DatasetError: Error, Equatable, CustomStringConvertible {
  /// A line of a text that does not read as its format says.
  case malformedLine(file: String, line: Int, expected: String, found: String)
  /// A font that does not read as its format says.
  case malformedFont(file: String, reason: String)
  /// A file or folder that ought to be there.
  case missing(path: String, hint: String)
  /// A program that could not be started or failed.
  case tool(command: String, reason: String, hint: String)
  /// A downloaded file that is not the pinned one.
  case checksum(file: String, expected: String, found: String)
  /// A style that there is not.
  case unknownStyle(String, known: [String])
  /// No style is asked for.
  case noStyles
  /// The output folder holds something else.
  case occupied(path: String)
  /// A side in pixels that cannot be built.
  case size(Int)
  /// A number of things that cannot be built.
  case count(what: String, found: Int)
  /// A number of things that is out of their range.
  case range(what: String, most: Int, found: Int)

  /// What was expected, what was found and where.
  public var description: String {
    switch self {
    case .malformedLine(let file, let line, let expected, let found):
      "\(file):\(line): expected \(expected), found \(found.debugDescription)"
    case .malformedFont(let file, let reason):
      "\(file): \(reason)"
    case .missing(let path, let hint):
      "\(path) is not there. \(hint)"
    case .tool(let command, let reason, let hint):
      "`\(command)` failed: \(reason)\n\(hint)"
    case .checksum(let file, let expected, let found):
      "\(file): expected SHA-256 \(expected), found \(found). Delete the file and try again; "
        + "if it comes back the same, the registry holds another file than the pinned one."
    case .unknownStyle(let name, let known):
      "there is no style \(name.debugDescription); the styles are \(known.joined(separator: ", "))"
    case .noStyles:
      "expected at least one style, found none"
    case .occupied(let path):
      "\(path) exists and is no data set made by this command; name another folder or move it away"
    case .size(let side):
      "expected a side of 8 to 512 pixels, found \(side)"
    case .range(let what, let most, let found):
      "expected 1 to \(most) \(what), found \(found)"
    case .count(let what, let found):
      "expected 1 to 100,000 \(what), found \(found)"
    }
  }
}
