internal import Foundation

/// A kind of unit of the game.
struct SpriteUnit: Equatable {
  /// Its name in lower case, such as "dwarvish fighter".
  let name: String
  /// Its race in one word, such as "dwarf".
  let race: String
}

/// The units by the paths of their pictures, as Wesnoth's markup says them.
///
/// Of the markup are read the lines `name=`, `race=` and `image=` after `[unit_type]`, and macros
/// of one line that stand for the beginning of a path.
struct SpriteUnits {
  private var units: [String: SpriteUnit] = [:]

  /// Reads all files of a folder.
  init(_ folder: URL) throws {
    let path = folder.path(percentEncoded: false)
    guard let files = FileManager.default.enumerator(atPath: path) else {
      throw DatasetError.missing(path: path, hint: "It is part of the package wesnoth-1.16-data.")
    }
    let names = files.compactMap { $0 as? String }.filter { $0.hasSuffix(".cfg") }.sorted()
    for name in names {
      add(try String(contentsOf: folder.appending(path: name), encoding: .utf8))
    }
    guard !units.isEmpty else {
      throw DatasetError.missing(path: path, hint: "No unit of the game is described there.")
    }
  }

  /// Reads the markup of units.
  init(markup: String) { add(markup) }

  /// The unit that a file's name begins with, and the name's beginning.
  ///
  /// - Parameter stem: A path below the folder of the units' pictures, such as
  ///   `dwarves/fighter-se-axe`.
  /// - Returns: Both, if there is such a unit.
  func unit(of stem: String) -> (path: String, unit: SpriteUnit)? {
    var path = stem
    while true {
      if let unit = units[path] { return (path, unit) }
      guard let end = path.lastIndex(where: { "-+_".contains($0) }) else { return nil }
      path = String(path[..<end])
    }
  }

  private mutating func add(_ markup: String) {
    let macros = Self.macros(markup)
    var (name, race): (String?, String?)
    for line in markup.split(separator: "\n") {
      let line = String(line).trimmed
      if line == "[unit_type]" { (name, race) = (nil, nil) }
      guard let sign = line.firstIndex(of: "=") else { continue }
      let value = String(line[line.index(after: sign)...])
      switch line[..<sign] {
      // What stands before a circumflex is for translators.
      case "name" where name == nil:
        name = Self.quoted(value)?.split(separator: "^").last?.lowercased()
      case "race" where race == nil: race = Self.races[value] ?? value
      case "image":
        guard let name, let race, let path = Self.path(value, macros) else { continue }
        // The first picture is the unit's own; later ones are of its animations.
        for key in Self.keys(of: path) where units[key] == nil {
          units[key] = SpriteUnit(name: name, race: race)
        }
      default: continue
      }
    }
  }

  /// Races by the game's words, where ours are others.
  private static let races = ["bats": "bat", "lizard": "saurian", "merman": "merfolk"]

  /// Macros whose body is one line, by their names.
  private static func macros(_ markup: String) -> [String: String] {
    var macros: [String: String] = [:]
    let lines = markup.split(separator: "\n").map(String.init)
    for (line, next) in zip(lines, lines.dropFirst()) where line.hasPrefix("#define ") {
      guard next.hasSuffix("#enddef") else { continue }
      macros[line.dropFirst(8).split(separator: " ").joined()] = String(next.dropLast(7)).trimmed
    }
    return macros
  }

  /// What stands between the first two quotation marks.
  private static func quoted(_ text: String) -> String? {
    let parts = text.split(separator: "\"", omittingEmptySubsequences: false)
    return parts.count >= 3 ? String(parts[1]) : nil
  }

  /// The path of a picture below the units' folder, without its ending.
  private static func path(_ value: String, _ macros: [String: String]) -> String? {
    var path = quoted(value) ?? value
    for (name, body) in macros { path = path.replacing("{\(name)}", with: body) }
    guard path.hasPrefix("units/"), let end = path.range(of: ".png") else { return nil }
    return String(path[path.index(path.startIndex, offsetBy: 6)..<end.lowerBound])
  }

  /// A path, and it without the direction and the number at its end.
  private static func keys(of path: String) -> [String] {
    guard !path.contains("{"), !path.contains("[") else { return [] }
    let words = path.split(separator: "-").map(String.init)
    let own = words.dropLast(while: { Int($0) != nil || SpriteAnimation.directions.contains($0) })
    return [path, own.joined(separator: "-")]
  }
}

extension [String] {
  /// The words up to the last one that does not fulfil a condition.
  fileprivate func dropLast(while condition: (String) -> Bool) -> ArraySlice<String> {
    guard let last = lastIndex(where: { !condition($0) }) else { return [] }
    return self[...last]
  }
}
