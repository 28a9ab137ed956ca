/// Something that a user chooses by its name.
public struct CatalogEntry<Item: Sendable>: Sendable {
  /// The name, in lower case with hyphens.
  public let name: String

  /// What it is, in a few words.
  public let summary: String

  /// The thing itself.
  public let item: Item
}

/// A name that no catalogue entry has.
public struct CatalogError: Error, Sendable, Hashable, CustomStringConvertible {
  /// What was looked for, such as `sampler`.
  public let kind: String

  /// The name that was given.
  public let name: String

  /// The names that are most like it, most alike first; empty if none is.
  public let nearest: [String]

  /// Every name there is.
  public let known: [String]

  /// What was found, and what it may have been meant to be.
  public var description: String {
    let hint =
      nearest.isEmpty ? "" : " Did you mean \(nearest.joined(separator: " or "))?"
    return "there is no \(kind) \"\(name)\".\(hint) Known: \(known.joined(separator: ", "))."
  }
}

func find<Item>(
  _ name: String, among entries: [CatalogEntry<Item>], kind: String
) throws(CatalogError) -> Item {
  guard let entry = entries.first(where: { $0.name == name }) else {
    let known = entries.map(\.name)
    throw CatalogError(
      kind: kind, name: name, nearest: nearestNames(to: name, among: known), known: known)
  }
  return entry.item
}
