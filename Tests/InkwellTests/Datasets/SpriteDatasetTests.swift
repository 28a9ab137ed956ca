import Foundation
import Modalities
import TestSupport
import Testing

@testable import Inkwell

@Suite("the data set of sprite animations")
struct SpriteDatasetTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try SpriteFixture.write(to: folder, "sources/")
  }

  private var build: SpriteDataset {
    SpriteDataset(output: folder.file("sprites"), sources: folder.file("sources"))
  }

  private func clips() throws -> [SpriteClip] {
    let lines = try String(contentsOf: folder.file("sprites/metadata.jsonl"), encoding: .utf8)
    return try lines.split(separator: "\n").map {
      try JSONDecoder().decode(SpriteClip.self, from: Data($0.utf8))
    }
  }

  @Test("each animation is there and mirrored, each in another side's colour, with its words")
  func builds() throws {
    let summary = try build()
    #expect(summary.clips == 4 && summary.units == 2)
    #expect(summary.byAction == ["attack": 2, "move": 2])
    let clips = try clips()
    #expect(
      clips.map(\.fileName) == [
        "dwarves/fighter-ne-axe-right.apng", "dwarves/fighter-ne-axe-left.apng",
        "undead/bat-se-right.apng", "undead/bat-se-left.apng",
      ])
    let first = clips[0]
    let team = try #require(first.team)
    #expect(clips[1].team != nil && clips[1].team != team)
    #expect(
      first.text
        == "a dwarvish fighter attacks with an axe, facing right, from behind, \(team.rawValue)")
    #expect(first.captions.contains("a dwarf attacks with an axe, from behind, \(team.rawValue)"))
    #expect(clips[2].text.hasPrefix("a vampire bat moves, facing right, "))
    #expect(clips[2].group == "bat" && clips[2].base == "undead/bat")
    #expect(Set(clips[..<2].map(\.split)).count == 1)
    let credits = try String(contentsOf: folder.file("sprites/LICENSES.md"), encoding: .utf8)
    #expect(credits.contains("GPL-2.0-or-later") && credits.contains("David White"))
    #expect(try folder.contents() == ["sources", "sprites"])
  }

  @Test("a clip has nine frames, in the middle of a plain ground, and its mirror image is one")
  func draws() throws {
    _ = try build()
    let clips = try clips()
    let (right, left) = (
      try Clip(
        contentsOf: folder.file("sprites/\(clips[0].fileName)"), reading: .trusted),
      try Clip(
        contentsOf: folder.file("sprites/\(clips[1].fileName)"), reading: .trusted)
    )
    #expect((right.count, right.width, right.height) == (9, 64, 64))
    #expect(right.frameRate.value == 10)
    let ground = SpriteDrawing.ground
    #expect(Array(right[0][0, 0]) == [ground.red, ground.green, ground.blue])
    // A figure of 20 x 30 in the middle: the rest has its mark in column 1, the first stroke in 2.
    #expect(Array(right[0][22 + 1, 32]) == [10, 20, 30])
    #expect(Array(right[2][22 + 2, 32]) == [10, 20, 30])
    #expect(Array(left[2][41 - 2, 32]) == [10, 20, 30])
    let middle = try #require(clips[0].team?.shades[0xF49AC1])
    #expect(Array(right[0][22 + 19, 32]) == middle)
  }

  @Test("the same package gives the same bytes")
  func isDeterministic() throws {
    _ = try build()
    let (list, clip) = ("sprites/metadata.jsonl", "sprites/dwarves/fighter-ne-axe-left.apng")
    let first = try [list, clip].map { try Data(contentsOf: folder.file($0)) }
    _ = try build()
    #expect(try [list, clip].map { try Data(contentsOf: folder.file($0)) } == first)
  }

  @Test("what lacks is named, and nothing is left behind")
  func refusals() throws {
    let core = folder.file("sources/\(SpriteFixture.core)")
    try FileManager.default.removeItem(at: core.appending(path: "units/all.cfg"))
    let none = #expect(throws: DatasetError.self) { try build() }
    #expect(none?.description.contains("No unit of the game is described there.") == true)
    try FileManager.default.removeItem(at: core.appending(path: "units"))
    #expect(throws: DatasetError.self) { try build() }
    try folder.write(
      SpriteFixture.markup.utf8, to: "sources/\(SpriteFixture.core)/units/all.cfg")
    try Data("no picture".utf8).write(
      to: core.appending(path: "images/units/undead/bat-se-2.png"))
    #expect(throws: ImageError.self) { try build() }
    #expect(try folder.contents() == ["sources"])
    try FileManager.default.removeItem(at: core.appending(path: "images"))
    let empty = #expect(throws: DatasetError.self) { try build() }
    #expect(empty?.description.contains("No animation of a unit is there.") == true)
  }
}

@Suite("what Wesnoth's files say of units")
struct SpriteUnitsTests {
  @Test("names, races and pictures are read, with the macros in their paths")
  func parses() throws {
    let units = SpriteUnits(markup: SpriteFixture.markup)
    let fighter = try #require(units.unit(of: "dwarves/fighter-ne-axe"))
    #expect(fighter.path == "dwarves/fighter")
    #expect(fighter.unit == SpriteUnit(name: "dwarvish fighter", race: "dwarf"))
    let bat = try #require(units.unit(of: "undead/bat-ne"))
    #expect(bat.path == "undead/bat")
    #expect(bat.unit == SpriteUnit(name: "vampire bat", race: "bat"))
    #expect(units.unit(of: "dwarves/fight") == nil && units.unit(of: "dwarves") == nil)
  }

  @Test("pictures of one name are an animation in the order of their numbers")
  func groups() throws {
    let units = SpriteUnits(markup: SpriteFixture.markup)
    let animations = SpriteAnimation.all(SpriteFixture.files, of: units)
    #expect(animations.map(\.stem) == ["dwarves/fighter-ne-axe", "undead/bat-se"])
    #expect(animations[0].rest == "dwarves/fighter-ne.png")
    #expect(animations[0].weapon == "an axe" && animations[0].isFromBehind)
    #expect(!animations[1].isFromBehind && animations[1].isCycle && animations[1].rest == nil)
    let numbers = (1...12).shuffled().map { "dwarves/fighter-run-\($0).png" }
    let run = try #require(SpriteAnimation.all(numbers, of: units).first)
    #expect(run.frames == (1...12).map { "dwarves/fighter-run-\($0).png" })
  }

  /// What is shown of an animation of so many pictures: their numbers, or `r` for the pose of rest.
  @Test(
    "short animations are filled up and long ones cut, by what is done in them",
    arguments: [
      ("axe", 4, ["rr1234rrr"]), ("axe", 2, ["rr1122rrr"]), ("axe", 9, ["r12345678", "23456789r"]),
      ("defend", 2, ["r11222211"]), ("defend", 3, ["r112233rr"]), ("die", 4, ["r12344444"]),
      ("die", 5, ["r12345555"]), ("run", 4, ["123412341"]), ("run", 9, ["123456789"]),
      ("stand", 13, ["123456789", "56789abcd"]),
    ])
  func timing(word: String, count: Int, expected: [String]) throws {
    let files =
      (1...count).map { "dwarves/fighter-\(word)-\($0).png" } + ["dwarves/fighter.png"]
    let units = SpriteUnits(markup: SpriteFixture.markup)
    let animation = try #require(SpriteAnimation.all(files, of: units).first)
    let shown = animation.clips.map { clip in
      clip.map { file in
        file.dropLast(4).split(separator: "-").last.flatMap { Int($0) }
          .map { String($0, radix: 16) } ?? "r"
      }.joined()
    }
    #expect(shown == expected)
  }

  @Test(
    "the action is told by a file's words",
    arguments: [
      (["hammer", "defend"], SpriteAction.defend), (["melee"], .attack), (["magic"], .cast),
      (["attack", "bow"], .shoot), (["idle"], .idle), (["dying"], .die), (["run"], .move),
    ])
  func actions(words: [String], action: SpriteAction) {
    #expect(SpriteAction(words) == action)
  }
}

@Suite("the colours of sides")
struct SpriteTeamTests {
  @Test("the middle magenta becomes the side's colour, and others keep their order of brightness")
  func shades() throws {
    #expect(SpriteTeam.red.shades[0xF49AC1] == [255, 0, 0])
    #expect(SpriteTeam.blue.shades[0xF49AC1] == [0x2E, 0x41, 0x9B])
    for team in SpriteTeam.allCases {
      func brightness(_ color: Int) throws -> Int {
        try #require(team.shades[color]).reduce(0) { $0 + Int($1) }
      }
      #expect(try brightness(0x3F0016) < brightness(0x9E005D))
      #expect(try brightness(0x9E005D) < brightness(0xF49AC1))
      #expect(try brightness(0xF49AC1) < brightness(0xFAD7E4))
    }
  }

  @Test("only visible pixels of a known colour change")
  func recolors() throws {
    let pixels: [UInt8] = [1, 2, 3, 255, 1, 2, 3, 0, 9, 9, 9, 255]
    let image = try Image(width: 3, height: 1, channels: .rgba, pixels: pixels)
    let (colored, changed) = try image.recolored([0x010203: [7, 8, 9]])
    #expect(changed && colored.pixels == [7, 8, 9, 255, 1, 2, 3, 0, 9, 9, 9, 255])
    #expect(try !image.recolored([0x040506: [0, 0, 0]]).changed)
  }
}
