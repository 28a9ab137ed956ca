internal import Foundation
internal import Modalities

/// A line of the furniture's `metadata.jsonl`.
struct FurniturePiece: Codable, Equatable {
  /// The file's path inside the data set.
  let fileName: String
  /// The path of its picture inside the data set, if there is one.
  let picture: String?
  /// The main caption.
  let text: String
  /// All captions, the main one first.
  let captions: [String]
  /// The English name, in lower case, such as "modern armchair".
  let name: String
  /// The kind of furniture, or "other".
  let group: String
  /// Where in a home it belongs, such as "Living room".
  let category: String
  /// The colour of at least half of its surface, if it is one.
  let color: ColorWord?
  /// The first shape of those that are nearly the same, of which none is in another split.
  let base: String
  /// "train" or "heldout".
  let split: String
  /// The licence's SPDX identifier.
  let license: String
  /// Who made the mesh.
  let author: String
  /// The package, its version and the library that the mesh is from.
  let source: String

  enum CodingKeys: String, CodingKey {
    case fileName = "file_name"
    case picture, text, captions, name, group, category, color, base, split, license, author, source
  }

  /// The share of the shapes that are held out, nearly equal ones counted once.
  static let heldOutShare = 0.1

  /// Describes a shape.
  init(
    _ model: FurnitureCatalog.Model, of library: FurnitureLibrary, fileName: String,
    picture: String?, base: String, colors: [Color], package: EmojiSources.Package
  ) {
    self.fileName = fileName
    self.picture = picture
    name = model.name.lowercased()
    let kind = FurnitureKind(name: model.name)
    group = kind?.rawValue ?? "other"
    category = model.category
    color = ColorWord(mostOf: colors)
    self.base = base
    split =
      StableHash.fraction("inkwell furniture \(base)") < Self.heldOutShare ? "heldout" : "train"
    license = library.license
    author = model.author
    source = "\(package.label)/\(library.rawValue)"
    captions = Self.captions(name: name, kind: kind, color: color)
    text = captions[0]
  }

  /// What can be said of a shape: its colour and name first.
  private static func captions(
    name: String, kind: FurnitureKind?, color: ColorWord?
  ) -> [String] {
    var captions = [
      color.map { "\($0.rawValue) \(name)".withArticle }, name.withArticle, name,
    ].compactMap { $0 }
    if let kind, kind.rawValue != name {
      captions += [color.map { "\($0.rawValue) \(kind)".withArticle }, "\(kind)".withArticle]
        .compactMap { $0 }
    }
    return captions
  }
}
