/// What is wrong with the file of a protein.
public enum ProteinError: Error, Equatable, CustomStringConvertible {
  /// A line that is not what its place in the file asks for, counted from 1.
  case line(source: String, number: Int, expected: String, found: String)
  /// More atoms or bytes than allowed.
  case tooLarge(source: String, expected: String, found: String)
  /// A file without what a protein needs.
  case missing(source: String, expected: String, found: String)

  /// What was expected, what was found and where.
  public var description: String {
    switch self {
    case .line(let source, let number, let expected, let found):
      "\(source), line \(number): expected \(expected), found \(found)"
    case .tooLarge(let source, let expected, let found),
      .missing(let source, let expected, let found):
      "\(source): expected \(expected), found \(found)"
    }
  }
}

/// How much the file of a stranger's protein may hold.
public struct ProteinLimits: Sendable {
  /// The number of atoms.
  public var atoms = 500_000

  /// The bytes of the file.
  public var bytes = 256 << 20

  /// The usual limits.
  public init() {}
}
