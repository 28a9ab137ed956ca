internal import Foundation

/// What is wrong with a model on the disk, or with the way it was asked for.
public enum ModelError: Error, Sendable, Hashable, CustomStringConvertible {
  /// No model has that name.
  case unknown(name: String, nearest: [String], known: [String], searched: [String])
  /// The path of a model leads nowhere.
  case missing(path: String)
  /// The folder of a model lacks files.
  case incomplete(folder: String, missing: [String])
  /// A file describes something that is not run here.
  case unsupported(file: String, key: String, expected: String, found: String)
  /// The weights of a part do not fit its sizes.
  case weights(folder: String, reason: String)
  /// Two parts do not fit together.
  case mismatch(folder: String, expected: String, found: String)
  /// The place for a model holds something else.
  case occupied(path: String, found: String)

  /// What was expected, what was found and where.
  public var description: String {
    switch self {
    case .unknown(let name, let nearest, let known, let searched):
      Self.unknownText(name, nearest: nearest, known: known, searched: searched)
    case .missing(let path):
      "\(path): expected the folder of a model, found nothing"
    case .incomplete(let folder, let missing):
      "\(folder): expected a whole model; lacking: \(missing.joined(separator: ", "))"
    case .unsupported(let file, let key, let expected, let found):
      "\(file): \(key): expected \(expected), found \(found)"
    case .weights(let folder, let reason):
      "\(folder): \(reason)"
    case .mismatch(let folder, let expected, let found):
      "\(folder): expected \(expected), found \(found)"
    case .occupied(let path, let found):
      "\(path): expected no folder or that of a model, found \(found)"
    }
  }

  private static func unknownText(
    _ name: String, nearest: [String], known: [String], searched: [String]
  ) -> String {
    let hint = nearest.isEmpty ? "" : " Did you mean \(nearest.joined(separator: " or "))?"
    let list = known.isEmpty ? "none" : known.joined(separator: ", ")
    let places = searched.isEmpty ? "no folder" : searched.joined(separator: ", ")
    return "there is no model \"\(name)\".\(hint) Known: \(list). Searched: \(places)."
  }
}
