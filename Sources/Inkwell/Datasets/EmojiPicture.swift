/// A line of the data set's `metadata.jsonl`.
struct EmojiPicture: Codable, Equatable, Sendable {
  /// The picture's path inside the data set.
  let fileName: String
  /// The main caption.
  let text: String
  /// All captions, the main one first.
  let captions: [String]
  /// Unicode's name.
  let name: String
  /// CLDR's keywords.
  let keywords: [String]
  /// Unicode's group, such as "Food & Drink".
  let group: String
  /// Unicode's subgroup, such as "food-fruit".
  let subgroup: String
  /// The style's name.
  let style: EmojiStyle
  /// What it is a variant of; variants never part in a split.
  let base: String
  /// The code points in hexadecimal, joined by hyphens.
  let codePoints: String
  /// The skin tones in order, 0 (light) to 4 (dark); empty for most.
  let skinTones: [Int]
  /// How often to draw it in training, relative to the others.
  var weight: Double
  /// Whether to train on it.
  let split: EmojiSplit
  /// The licence's SPDX identifier.
  let license: String
  /// The package and version that it was drawn from.
  let source: String

  enum CodingKeys: String, CodingKey {
    case fileName = "file_name"
    case text, captions, name, keywords, group, subgroup, style, base
    case codePoints = "code_points"
    case skinTones = "skin_tones"
    case weight, split, license, source
  }
}

extension EmojiPicture {
  /// Sets the weights, so that a base emoji in a style counts once, or twice with skin tones,
  /// however many variants it has; flags of countries, of which there are 258, count half.
  static func weigh(_ pictures: inout [EmojiPicture]) {
    struct Cell: Hashable {
      let base: String
      let style: EmojiStyle
      let hasTones: Bool
    }
    func cell(_ picture: EmojiPicture) -> Cell {
      Cell(base: picture.base, style: picture.style, hasTones: !picture.skinTones.isEmpty)
    }
    let counts = pictures.reduce(into: [Cell: Int]()) { $0[cell($1), default: 0] += 1 }
    for index in pictures.indices {
      let share = 1 / Double(counts[cell(pictures[index])] ?? 1)
      let importance = pictures[index].subgroup == "country-flag" ? 0.5 : 1
      pictures[index].weight = (importance * share * 1e6).rounded() / 1e6
    }
  }
}
