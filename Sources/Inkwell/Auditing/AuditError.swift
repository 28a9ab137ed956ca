/// Why pictures cannot be audited.
public enum AuditError: Error, Sendable, Hashable, CustomStringConvertible {
  /// What is usual for a model is not known.
  case uncalibrated(model: String, file: String)
  /// What is usual was measured for other things than are there.
  case otherCalibration(file: String, of: String, changed: [String])
  /// The file of what is usual is of another version.
  case version(file: String, expected: Int, found: Int)
  /// A value out of its range.
  case value(String, expected: String, found: String)

  /// What was expected, what was found and where.
  public var description: String {
    switch self {
    case .uncalibrated(let model, let file):
      "\(file): expected what is usual for \(model), found nothing; "
        + "`inkwell audit calibrate --model \(model) --data FOLDER` measures it"
    case .otherCalibration(let file, let of, let changed):
      "\(file): expected what is usual for this \(of), found that of another one: "
        + "\(changed.joined(separator: ", ")) changed; `inkwell audit calibrate` measures it anew"
    case .version(let file, let expected, let found):
      "\(file): version: expected \(expected), found \(found)"
    case .value(let name, let expected, let found):
      "\(name): expected \(expected), found \(found)"
    }
  }
}
