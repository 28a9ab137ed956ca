import Foundation
@testable import Modalities
import Testing

@Suite("texts in PNG files")
struct PNGTextTests {
  private let png: Data
  private let texts: [PNGText]

  init() throws {
    png = try noise(width: 5, height: 4, channels: .rgb).encoded(as: .png)
    texts = try [
      PNGText(keyword: "Title", text: "Straße, 100 %\nsecond line"),
      PNGText(keyword: "inkwell", text: #"{"prompt":"日本語 🍉","seed":7}"#),
      PNGText(keyword: "Überschrift", text: ""),
    ]
  }

  @Test("texts come back as they were, Latin-1 or not")
  func roundTrips() throws {
    let embedded = try PNGText.embed(texts, in: png)
    #expect(try PNGText.read(from: embedded) == texts)
    #expect(try Image(decoding: embedded) == Image(decoding: png))
    #expect(try PNGText.read(from: png).isEmpty)
  }

  @Test("a keyword is replaced, the others stay")
  func replaces() throws {
    let new = try PNGText(keyword: "inkwell", text: "later")
    let embedded = try PNGText.embed([new], in: PNGText.embed(texts, in: png))
    #expect(try PNGText.read(from: embedded) == [new, texts[0], texts[2]])
  }

  @Test("the chunks stand where other programs look, in the encoding that the format says")
  func writesExactBytes() throws {
    let text = try PNGText(keyword: "Title", text: "é")
    let embedded = [UInt8](try PNGText.embed([text], in: png))
    // After the signature (8) and IHDR (25). CRC of "tEXtTitle\0é" by zlib.crc32.
    let expected: [UInt8] = [0, 0, 0, 7] + Array("tEXtTitle".utf8) + [0, 0xE9]
    #expect(Array(embedded[33..<33 + expected.count]) == expected)
    #expect(Array(embedded[52 - 4..<52]) == [0xAE, 0x76, 0xEE, 0xE8])
  }

  @Test("a PNG cut off at any byte is an error")
  func refusesTruncated() throws {
    let embedded = try PNGText.embed(texts, in: png)
    for length in 0..<embedded.count {
      #expect(throws: PNGError.self) { try PNGText.read(from: embedded.prefix(length)) }
      #expect(throws: PNGError.self) { try PNGText.embed(texts, in: embedded.prefix(length)) }
    }
  }

  @Test("a bit that flips anywhere is an error")
  func refusesDamage() throws {
    let embedded = try PNGText.embed(texts, in: png)
    for index in embedded.indices {
      var damaged = embedded
      damaged[index] ^= 1 << UInt8(index % 8)
      #expect(throws: PNGError.self) { try PNGText.read(from: damaged) }
    }
  }

  @Test("a length beyond the file is refused", arguments: [0x7FFF_FFFF, 0xFFFF_FFFF, 0x8000_0000])
  func refusesLength(length: Int) throws {
    var bytes = [UInt8](png)
    let number = (0..<4).map { UInt8(truncatingIfNeeded: length >> (24 - 8 * $0)) }
    bytes.replaceSubrange(33..<37, with: number)
    let type = String(decoding: bytes[37..<41], as: UTF8.self)
    #expect(throws: PNGError.length(UInt32(length), type: type, offset: 33)) {
      try PNGText.read(from: Data(bytes))
    }
  }

  @Test("a wrong checksum names its chunk")
  func refusesChecksum() throws {
    var bytes = png
    bytes[30] ^= 1  // The last but two of IHDR's checksum.
    #expect(throws: PNGError.checksum(type: "IHDR", offset: 8)) {
      try PNGText.read(from: bytes)
    }
  }

  @Test("bytes before and after are refused")
  func refusesSurroundings() throws {
    #expect(throws: PNGError.signature) { try PNGText.read(from: Data([0]) + png) }
    #expect(throws: PNGError.trailing(count: 2)) { try PNGText.read(from: png + Data([1, 2])) }
    #expect(throws: PNGError.signature) { try PNGText.read(from: Data()) }
  }

  @Test(
    "keywords that PNG does not allow are refused",
    arguments: ["", " a", "a ", "a  b", "日", "a\nb", "a\0", String(repeating: "k", count: 80)])
  func refusesKeyword(keyword: String) {
    #expect(throws: PNGError.keyword(keyword)) { try PNGText(keyword: keyword, text: "") }
  }

  @Test("U+0000 in a text is refused")
  func refusesNull() {
    #expect(throws: PNGError.text(keyword: "k")) { try PNGText(keyword: "k", text: "a\0b") }
  }

  /// The data of text chunks that are whole as chunks and malformed as texts.
  @Test(
    "a malformed text is an error",
    arguments: [
      ("tEXt", "keyword without an end"), ("tEXt", "\0no keyword"), ("iTXt", "key\0"),
      ("iTXt", "key\0\0"), ("iTXt", "key\0\0\0language"), ("iTXt", "key\0\0\0\0translated"),
      ("iTXt", "key\0\0\0\0\0a\0b"),
    ])
  func refusesMalformed(type: String, text: String) throws {
    let file = try inserting(type, Array(text.utf8))
    #expect(throws: PNGError.self) { try PNGText.read(from: file) }
  }

  @Test("a text that is not UTF-8 is an error")
  func refusesInvalidUTF8() throws {
    let file = try inserting("iTXt", Array("key".utf8) + [0, 0, 0, 0, 0, 0xC3, 0x28])
    #expect(throws: PNGError.malformedText("the text of key is not UTF-8")) {
      try PNGText.read(from: file)
    }
  }

  @Test("a compressed text is passed over")
  func skipsCompressed() throws {
    let file = try inserting("iTXt", Array("key".utf8) + [0, 1, 0, 0, 0, 0x78, 0x9C])
    #expect(try PNGText.read(from: file).isEmpty)
    #expect(try PNGText.embed(texts, in: file).count > file.count)
  }

  private func inserting(_ type: String, _ data: [UInt8]) throws -> Data {
    png.prefix(33) + (try PNGChunk(type: type, data: data).encoded) + png.dropFirst(33)
  }
}
