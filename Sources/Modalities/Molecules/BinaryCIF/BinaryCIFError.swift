/// What is wrong with a file of BinaryCIF.
public enum BinaryCIFError: Error, Equatable, CustomStringConvertible {
  /// Bytes that are no MessagePack, or cut off.
  case malformed(source: String, offset: Int, expected: String, found: String)
  /// Values that are no tables, or none that are known.
  case structure(source: String, place: String, expected: String, found: String)
  /// A category or a column that is not there.
  case missing(source: String, place: String)

  /// What was expected, what was found and where.
  public var description: String {
    switch self {
    case .malformed(let source, let offset, let expected, let found):
      "\(source), byte \(offset): expected \(expected), found \(found)"
    case .structure(let source, let place, let expected, let found):
      "\(source), \(place): expected \(expected), found \(found)"
    case .missing(let source, let place): "\(source): expected \(place), found none"
    }
  }
}
