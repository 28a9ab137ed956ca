/// A kind of furniture of which there are many shapes.
public enum FurnitureKind: String, Codable, Sendable, Hashable, CaseIterable {
  /// For one to sit on.
  case chair
  /// To put things on.
  case table
  /// For several to sit on.
  case sofa
  /// To lie on.
  case bed
  /// To keep things in.
  case cabinet
  /// To give light.
  case lamp

  private static let words: [String: FurnitureKind] = [
    "chair": .chair, "armchair": .chair, "stool": .chair, "table": .table, "desk": .table,
    "sofa": .sofa, "couch": .sofa, "futon": .sofa, "bench": .sofa, "bed": .bed, "crib": .bed,
    "cabinet": .cabinet, "wardrobe": .cabinet, "bookcase": .cabinet, "cupboard": .cabinet,
    "shelves": .cabinet, "chest": .cabinet, "dresser": .cabinet, "vanity": .cabinet,
    "lamp": .lamp, "light": .lamp, "lamppost": .lamp, "lantern": .lamp,
  ]

  /// Words after which a name says no more of what a thing is.
  private static let ends: Set = ["with", "on", "and", "2", "3", "seats", "bz", "artwork"]

  /// The kind that the last word of a name tells: a desk lamp is a lamp.
  init?(name: String) {
    let words = name.lowercased().split { !$0.isLetter && !$0.isNumber }.map(String.init)
    guard let last = words.prefix(while: { !Self.ends.contains($0) }).last,
      let kind = Self.words[last]
    else { return nil }
    self = kind
  }
}
