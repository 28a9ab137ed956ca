/// Why a curve could not be drawn, or a likelihood not be measured.
public enum CurveError: Error, Sendable, Hashable, CustomStringConvertible {
  /// A number or a list out of its range.
  case value(String, expected: String, found: String)
  /// Two networks that do not fit together.
  case misfit(folder: String, what: String, expected: String, found: String)
  /// The data have no pictures of the split `heldout`.
  case nothingHeldOut(folder: String)

  /// What was expected, what was found and where.
  public var description: String {
    switch self {
    case .value(let name, let expected, let found):
      "\(name): expected \(expected), found \(found)"
    case .misfit(let folder, let what, let expected, let found):
      "\(folder): \(what): expected \(expected), found \(found)"
    case .nothingHeldOut(let folder):
      "\(folder): expected pictures of the split heldout, found none"
    }
  }
}
