internal import Foundation

/// The pictures of a unit that does something, in their order.
struct SpriteAnimation: Equatable {
  /// The words of file names that tell where a unit looks to.
  static let directions: Set = ["n", "ne", "s", "se"]

  /// The path that its pictures have in common, such as `dwarves/fighter-se-axe`.
  let stem: String
  /// The path of the unit, such as `dwarves/fighter`.
  let unitPath: String
  /// The unit.
  let unit: SpriteUnit
  /// What it does.
  let action: SpriteAction
  /// What it does it with, if that is known.
  let weapon: String?
  /// Whether it is seen from behind.
  let isFromBehind: Bool
  /// Whether it is the woman of a kind of unit.
  let isFemale: Bool
  /// Whether it begins again where it ends.
  let isCycle: Bool
  /// The unit before and after, if there is such a picture.
  let rest: String?
  /// The pictures.
  let frames: [String]
}

extension SpriteAnimation {
  /// Finds the animations among files.
  ///
  /// Pictures whose names differ by the number at the end are one.
  ///
  /// - Parameters:
  ///   - files: Paths of PNG files below the units' folder.
  ///   - units: The units.
  /// - Returns: The animations of two pictures and more whose unit is known, by their stems.
  static func all(_ files: [String], of units: SpriteUnits) -> [SpriteAnimation] {
    var numbered: [String: [(number: Int, file: String)]] = [:]
    var single: [String: String] = [:]
    for file in files where file.hasSuffix(".png") {
      let path = String(file.dropLast(4))
      let digits = path.reversed().prefix { $0.isNumber && $0.isASCII }.count
      guard digits > 0, digits < 4, let number = Int(path.suffix(digits)) else {
        single[path] = file
        continue
      }
      let stem = path.dropLast(digits)
      let name = String(stem.hasSuffix("-") ? stem.dropLast() : stem)
      numbered[name, default: []].append((number, file))
    }
    return numbered.sorted { $0.key < $1.key }.compactMap { stem, found in
      guard found.count >= 2 else { return nil }
      let frames = found.sorted { ($0.number, $0.file) < ($1.number, $1.file) }.map(\.file)
      return SpriteAnimation(stem, frames: frames, single, units)
    }
  }

  private init?(
    _ stem: String, frames: [String], _ single: [String: String], _ units: SpriteUnits
  ) {
    // Shadows, glows and missiles are no units.
    let others: Set = ["halo", "shadow", "dust", "bottom", "flame", "firetrooper_flame"]
    guard let (path, unit) = units.unit(of: stem) else { return nil }
    let words = stem.dropFirst(path.count).split(whereSeparator: { "-+_".contains($0) })
      .map(String.init)
    guard others.isDisjoint(with: words) else { return nil }
    self.stem = stem
    unitPath = path
    self.unit = unit
    let tells = words.filter { !Self.directions.contains($0) && $0 != "female" && Int($0) == nil }
    action = tells.isEmpty ? .move : SpriteAction(tells)
    weapon = action == .attack ? SpriteAction.weapon(tells) : nil
    isFromBehind = words.contains("ne") || words.contains("n")
    isFemale = words.contains("female")
    isCycle = tells.isEmpty || !SpriteAction.cycles.isDisjoint(with: tells)
    rest = Self.rest(of: stem, single)
    self.frames = frames
  }

  /// The picture whose name is the longest beginning of a stem.
  private static func rest(of stem: String, _ single: [String: String]) -> String? {
    var path = stem
    while let end = path.lastIndex(of: "-") {
      path = String(path[..<end])
      if let file = single[path] { return file }
    }
    return nil
  }
}

extension SpriteAnimation {
  /// The clips' number of frames.
  static let length = 9

  /// The pictures of each clip that is made of the animation.
  ///
  /// What begins again where it ends is shown until the clip is full. Anything else is shown once
  /// after the pose of rest and before it, but that what is dead stays so; three pictures or less
  /// are shown twice as long, and two of defence back again too. What is longer than a clip makes
  /// several, each four pictures later than the one before.
  var clips: [[String]] {
    let shown = isCycle ? cycle : once
    let last = shown.count - Self.length
    let starts = Array(stride(from: 0, to: last, by: 4)) + [last]
    return starts.map { Array(shown[$0..<$0 + Self.length]) }
  }

  private var cycle: [String] {
    (0..<max(frames.count, Self.length)).map { frames[$0 % frames.count] }
  }

  private var once: [String] {
    var shown = frames.count > 3 ? frames : frames.flatMap { [$0, $0] }
    if action == .defend, frames.count == 2 { shown += shown.reversed() }
    let before = rest ?? frames[0]
    let after = action == .die ? shown[shown.count - 1] : before
    let missing = Self.length - shown.count
    let first = action == .die ? 1 : max(1, missing / 2)
    let last = missing > 0 ? missing - first : 1
    return [String](repeating: before, count: first) + shown
      + [String](repeating: after, count: last)
  }
}
