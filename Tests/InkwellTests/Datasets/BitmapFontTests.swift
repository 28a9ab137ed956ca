import Foundation
import Testing

@testable import Inkwell

@Suite("fonts of bitmaps")
struct BitmapFontTests {
  @Test("characters and ligatures lead to their pictures, and what is missing to none")
  func finds() throws {
    let fixture = try FontFixture()
    let font = try BitmapFont(Data(fixture.bytes), file: "test.ttf")
    #expect(try font.png([0x1F44B]) == fixture.pictures[0])
    #expect(try font.png([0x1F44B, 0x1F3FF]) == fixture.pictures[1])
    #expect(try font.png([0x1F34E]) == fixture.pictures[2])
    #expect(try font.png([0x1F34E, 0xFE0F]) == fixture.pictures[2])
    // No glyph, a glyph without a picture, and glyphs without a ligature.
    #expect(try font.png([0x1F600]) == nil)
    #expect(try font.png([0x1F3FF]) == nil)
    #expect(try font.png([0x1F34E, 0x1F3FF]) == nil)
    #expect(try font.png([]) == nil)
  }

  @Test("a font cut off anywhere is an error, or lacks only the last picture")
  func refusesTruncated() throws {
    let fixture = try FontFixture()
    for length in 0..<fixture.bytes.count {
      #expect(throws: DatasetError.self) {
        let font = try BitmapFont(Data(fixture.bytes.prefix(length)), file: "test.ttf")
        _ = try font.png([0x1F34E])
      }
    }
  }

  @Test("a missing table is named")
  func namesMissingTable() throws {
    var bytes = try FontFixture().bytes
    bytes.replaceSubrange(12..<16, with: Array("XXXX".utf8))
    #expect(throws: DatasetError.malformedFont(file: "test.ttf", reason: "it has no table CBDT")) {
      try BitmapFont(Data(bytes), file: "test.ttf")
    }
  }

  @Test("another format of bitmaps is refused")
  func refusesFormat() throws {
    let bytes = try FontFixture().bytes
    // The index's format and the images' stand before their offset, in this order: 1, 17, 4.
    let marker: [UInt8] = [0, 1, 0, 17, 0, 0, 0, 4]
    let place = try #require(
      bytes.indices.first { bytes[$0...].starts(with: marker) })
    var other = bytes
    other[place + 3] = 18
    #expect(throws: DatasetError.self) { try BitmapFont(Data(other), file: "test.ttf") }
  }
}
