/// What a unit does in an animation.
public enum SpriteAction: String, Codable, Sendable, CaseIterable {
  /// It strikes what is next to it.
  case attack
  /// It works magic, or breathes fire.
  case cast
  /// It is struck.
  case defend
  /// It dies.
  case die
  /// It stands where it is.
  case idle
  /// It walks, rides or flies.
  case move
  /// It throws or shoots at what is far.
  case shoot

  /// The words of a file's name that tell the action, in the order in which they count.
  private static let words: [(SpriteAction, Set<String>)] = [
    (.defend, ["defend", "hit"]),
    (.die, ["die", "dying", "death", "decay", "die2", "kill"]),
    (.shoot, ["ranged", "bow", "throw", "throwknife", "crossbow", "spit", "sling", "shoot"]),
    (
      .cast,
      [
        "magic", "fire", "flame", "lightning", "wind", "heal", "healing", "teleport", "lead",
        "leading",
      ]
    ),
    (.move, ["run", "fly", "flying", "move", "moving", "hover", "takeoff", "launch", "soar"]),
    (
      .idle,
      [
        "idle", "idle2", "bob", "stand", "standing", "laugh", "taunt", "victory", "recover",
        "crouch",
      ]
    ),
  ]

  /// What is shown again and again, without a pose before and after it.
  static let cycles: Set = ["bob", "stand", "standing", "run", "fly", "flying", "move", "moving"]

  /// The action that words of a file's name tell; an attack if they name a weapon or nothing else.
  init(_ names: [String]) {
    self = Self.words.first { !$0.1.isDisjoint(with: names) }?.0 ?? .attack
  }

  /// What a unit does, as a caption says it.
  var verb: String {
    switch self {
    case .attack: "attacks"
    case .cast: "casts a spell"
    case .defend: "defends itself"
    case .die: "dies"
    case .idle: "stands"
    case .move: "moves"
    case .shoot: "shoots"
    }
  }

  /// What it attacks with, if the words of a file's name say so.
  static func weapon(_ names: [String]) -> String? {
    names.lazy.compactMap { weapons[$0] }.first
  }

  private static let weapons = [
    "sword": "a sword", "axe": "an axe", "hammer": "a hammer", "staff": "a staff",
    "spear": "a spear", "mace": "a mace", "blade": "a blade", "claws": "claws", "2claws": "claws",
    "bite": "its teeth", "kick": "a kick", "fist": "its fists", "pincer": "pincers",
    "stinger": "a sting", "sting": "a sting", "horn": "a horn", "tail": "its tail",
    "slash": "a blade", "pierce": "a spear", "impact": "a club", "hand": "its hands",
  ]
}
