/// A line of the sprites' `metadata.jsonl`.
struct SpriteClip: Codable, Equatable {
  /// The clip's path inside the data set.
  let fileName: String
  /// The main caption.
  let text: String
  /// All captions, the main one first.
  let captions: [String]
  /// The unit's name, such as "dwarvish fighter".
  let name: String
  /// The unit's race, such as "dwarf".
  let group: String
  /// What the unit does.
  let action: SpriteAction
  /// Where the unit looks to: "left" or "right".
  let facing: String
  /// The colour of its side, if it wears one.
  let team: SpriteTeam?
  /// The unit, of which no clip is in another split.
  let base: String
  /// How often to draw it in training, relative to the others: those of an animation weigh 1.
  let weight: Double
  /// "train" or "heldout".
  let split: String
  /// The licence's SPDX identifier.
  let license: String
  /// The package and version that it was drawn from.
  let source: String

  enum CodingKeys: String, CodingKey {
    case fileName = "file_name"
    case text, captions, name, group, action, facing, team, base, weight, split, license, source
  }

  /// The share of the units that are held out.
  static let heldOutShare = 0.08

  /// Describes a clip.
  init(
    _ animation: SpriteAnimation, number: Int, mirrored: Bool, team: SpriteTeam?,
    package: EmojiSources.Package
  ) {
    let count = animation.clips.count
    facing = mirrored ? "left" : "right"
    fileName =
      "\(animation.stem)-\(facing)" + (count > 1 ? "-\(number + 1)" : "") + ".apng"
    name = animation.unit.name
    group = animation.unit.race
    action = animation.action
    self.team = team
    base = animation.unitPath
    weight = (1e6 / Double(count)).rounded() / 1e6
    split =
      StableHash.fraction("inkwell sprite unit \(animation.unitPath)") < Self.heldOutShare
      ? "heldout" : "train"
    license = package.license
    source = package.label
    captions = Self.captions(animation, facing: facing, team: team)
    text = captions[0]
  }

  /// What can be said of a clip, the most precise first.
  private static func captions(
    _ animation: SpriteAnimation, facing: String, team: SpriteTeam?
  ) -> [String] {
    let unit = animation.unit
    let name = (animation.isFemale ? "female " : "") + unit.name
    let color = team.map { ", \($0.rawValue)" } ?? ""
    let behind = animation.isFromBehind ? ", from behind" : ""
    let weapon = animation.weapon.map { " with \($0)" } ?? ""
    let verb = animation.action.verb
    let kind = unit.name.contains(unit.race) ? unit.name : "\(unit.race) \(unit.name)"
    let full = "\(name.withArticle) \(verb)\(weapon), facing \(facing)\(behind)\(color)"
    let shorter = [
      "\(name.withArticle) \(verb)",
      "\(unit.race.withArticle) \(verb)\(weapon)\(behind)\(color)",
      "\(kind), \(animation.action.rawValue), \(facing)\(color)",
      "\(team.map { "\($0.rawValue) " } ?? "")\(name) \(verb)\(weapon)",
    ]
    return [full] + shorter.filter { $0 != full }
  }
}
