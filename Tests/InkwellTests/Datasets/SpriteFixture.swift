import Foundation
import Modalities
import TestSupport

@testable import Inkwell

/// A small package laid out as Wesnoth's data are: a dwarf that walks and strikes, and a bat.
enum SpriteFixture {
  static let core = "wesnoth-1.16-data/usr/share/games/wesnoth/1.16/data/core"

  static let markup = """
    #textdomain wesnoth-units
    #define PATH_TEMP
    units/dwarves/#enddef
    [unit_type]
        id=Dwarvish Fighter
        name= _ "Dwarvish Fighter"
        race=dwarf
        image="{PATH_TEMP}fighter.png"
        {DEFENSE_ANIM "units/dwarves/fighter-defend-2.png" "units/dwarves/fighter-defend-1.png"}
        [attack]
            name=axe
        [/attack]
    [/unit_type]
    [unit_type]
        name= _ "female^Vampire Bat"
        race=bats
        image="units/undead/bat-se-3.png"
    [/unit_type]
    """

  static let files = [
    "dwarves/fighter.png", "dwarves/fighter-ne.png", "dwarves/fighter-ne-axe1.png",
    "dwarves/fighter-ne-axe2.png", "dwarves/fighter-ne-axe3.png", "dwarves/fighter-ne-axe4.png",
    "undead/bat-se-1.png", "undead/bat-se-2.png", "undead/bat-se-3.png",
    "undead/bat-halo-1.png", "undead/bat-halo-2.png", "stones/stone1.png", "stones/stone2.png",
  ]

  /// A figure of 20 x 30 on a transparent field, of the middle magenta but for its number's column.
  static func picture(_ number: Int) throws -> Image {
    var pixels = [UInt8](repeating: 0, count: 72 * 72 * 4)
    for y in 20..<50 {
      for x in 26..<46 {
        let isMark = x - 26 == number
        let color: [UInt8] = isMark ? [10, 20, 30, 255] : [0xF4, 0x9A, 0xC1, 255]
        pixels.replaceSubrange(4 * (72 * y + x)..<4 * (72 * y + x) + 4, with: color)
      }
    }
    return try Image(width: 72, height: 72, channels: .rgba, pixels: pixels)
  }

  /// A folder with the unpacked package.
  static func packages() throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    try write(to: folder, "")
    return folder
  }

  /// Writes the unpacked package below a path of a folder.
  static func write(to folder: TemporaryFolder, _ path: String) throws {
    try folder.write(markup.utf8, to: "\(path)\(core)/units/all.cfg")
    for (number, file) in files.enumerated() {
      try folder.write(
        picture(number).encoded(as: .png), to: "\(path)\(core)/images/units/\(file)")
    }
  }
}
