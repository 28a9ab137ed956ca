internal import Checkpoints
internal import Foundation

/// What the weights at the end of a training depend on, beside its plan.
///
/// It is the recipe, with hashes in place of what it has paths of: a folder may be moved, but what
/// is in it may not change between two runs.
struct TrainingIdentity: CustomStringConvertible {
  /// The plan is compared by itself, a path does not matter, and sample prompts are only drawn.
  private static let leftOut: Set = ["plan", "data", "samplePrompts"]

  private let parts: [String: String]

  /// Names a training.
  ///
  /// - Parameters:
  ///   - recipe: All settings of the training.
  ///   - hashes: What names the files that it reads; these replace settings of the same names.
  /// - Throws: What the encoder throws for a number that JSON cannot hold.
  init(_ recipe: some Encodable, hashes: [String: String]) throws {
    let settings = try JSONSerialization.jsonObject(with: JSONEncoder().encode(recipe))
    let fields = (settings as? [String: Any] ?? [:]).filter { !Self.leftOut.contains($0.key) }
    parts = try Self.flattened(fields).merging(hashes) { $1 }
  }

  /// A line for each part, `transformer.num_layers 8`, so that it can be said which have changed.
  var description: String {
    parts.map { "\($0.key) \($0.value)" }.sorted().joined(separator: "\n")
  }

  /// What names the contents of files.
  static func hash(of files: [URL]) throws -> String {
    FileHash.sha256(ofTexts: try files.map { try FileHash.sha256(of: $0) })
  }

  /// The values as JSON by their paths: those of inner objects after the outer one's key.
  private static func flattened(
    _ fields: [String: Any], below path: String = ""
  ) throws -> [String: String] {
    var values: [String: String] = [:]
    for (key, value) in fields {
      if let inner = value as? [String: Any] {
        values.merge(try flattened(inner, below: "\(path)\(key).")) { $1 }
      } else {
        let json = try JSONSerialization.data(
          withJSONObject: value, options: [.fragmentsAllowed, .withoutEscapingSlashes])
        values[path + key] = String(decoding: json, as: UTF8.self)
      }
    }
    return values
  }
}
