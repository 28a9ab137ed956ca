internal import Diffusion
internal import Foundation

/// The keys of a recipe, those of inner objects after the outer one's: `plan.learningRate.peak`.
struct RecipeKeys {
  /// What is in these is the network's own configuration, with whatever keys its authors gave it.
  private static let configurations: Set = ["transformer", "autoencoder", "network", "projection"]

  /// Keys that a recipe need not have.
  private static let optional: Set = [
    "styles", "initial", "groupWeights", "plan.clip", "plan.muon", "patchSize", "autoencoder",
    "process", "clips", "groups", "weighting", "pictures",
  ]

  private let paths: Set<String>

  /// The keys that a file has, but for those whose value is `null`.
  init(ofFile url: URL) throws {
    paths = try Self.paths(in: Data(contentsOf: url))
  }

  /// The keys that a recipe reads, as far as it has values for them.
  init(of recipe: TrainingRecipe) throws {
    paths = try Self.paths(in: JSONEncoder().encode(recipe))
  }

  /// The keys that `known` lacks, sorted, each with the most similar ones beside it.
  func subtracting(_ known: RecipeKeys) -> [RecipeError.Key] {
    let places = Set(known.paths.union(Self.optional).flatMap(Self.withOuterKeys))
    let unknown = paths.compactMap { path in
      Self.withOuterKeys(path).first { !places.contains($0) }
    }
    return Set(unknown).sorted().map { path in
      let parts = path.split(separator: ".")
      let beside = places.map { $0.split(separator: ".") }
        .filter { $0.count == parts.count && $0.dropLast() == parts.dropLast() }
        .map { String($0.last ?? "") }
      let nearest = nearestNames(to: String(parts.last ?? ""), among: beside.sorted())
      let outer = parts.dropLast().map { "\($0)." }.joined()
      return RecipeError.Key(path: path, nearest: nearest.map { outer + $0 })
    }
  }

  /// A key with those of the objects that it is in, the outermost first.
  private static func withOuterKeys(_ path: String) -> [String] {
    let parts = path.split(separator: ".")
    return parts.indices.map { parts[...$0].joined(separator: ".") }
  }

  private static func paths(in data: Data) throws -> Set<String> {
    let fields = try JSONSerialization.jsonObject(with: data) as? [String: Any] ?? [:]
    return paths(of: fields, below: "")
  }

  private static func paths(of fields: [String: Any], below prefix: String) -> Set<String> {
    fields.reduce(into: []) { paths, field in
      let path = prefix + field.key
      guard !(field.value is NSNull) else { return }
      if let inner = field.value as? [String: Any], !configurations.contains(path) {
        paths.formUnion(Self.paths(of: inner, below: path + "."))
        // An empty object, such as {"constant": {}}, is a value.
        if !inner.isEmpty { return }
      }
      paths.insert(path)
    }
  }
}

/// What is wrong with a recipe as a whole.
public enum RecipeError: Error, Sendable, Hashable, CustomStringConvertible {
  /// A key that no recipe of its kind has.
  public struct Key: Sendable, Hashable {
    /// The key, after the keys of the objects that it is in.
    public let path: String
    /// The most similar keys that the recipe has.
    public let nearest: [String]
  }

  /// The file has keys that would have no effect.
  case unknownKeys(file: String, keys: [Key])
  /// A value is out of its range.
  case value(String, expected: String, found: String)

  /// The file, its keys, and what they may have been meant to be.
  public var description: String {
    switch self {
    case .unknownKeys(let file, let keys):
      "\(file): "
        + keys.map { key in
          let hint =
            key.nearest.isEmpty ? "" : ", did you mean \(key.nearest.joined(separator: " or "))?"
          return "there is no key \"\(key.path)\"" + hint
        }.joined(separator: "; ")
    case .value(let key, let expected, let found):
      "\(key): expected \(expected), found \(found)"
    }
  }
}
