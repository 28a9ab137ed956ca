import Foundation
import TestSupport
import Testing

@testable import Modalities

@Suite("notes in sound files")
struct SoundNotesTests {
  static let formats: [SoundFormat] = [
    .wav16, .wav24, .wav32, .wavFloat, .flac16, .flac24, .vorbis(quality: 0.5),
    .opus(quality: 0.5), .mp3(quality: 0.5),
  ]

  /// A request as JSON, with what texts are hurt by.
  static let record =
    #"{"prompt":"Über den Wolken, 東京 \"quoted\" \\ 😀\n","seed":18446744073709551615}"#

  @Test("every format carries title and record, and the sound is what it was", arguments: formats)
  func roundTrips(format: SoundFormat) throws {
    let sound = try tones(seconds: 0.1)
    var notes = SoundNotes(title: "Klänge — 音")
    notes.record = Self.record
    let bytes = try sound.encoded(as: format, notes: notes)
    let found = try SoundNotes(decoding: bytes)
    #expect(found == notes)
    #expect(found.record == Self.record)
    #expect(
      try Sound(decoding: bytes).samples == Sound(decoding: sound.encoded(as: format)).samples)
  }

  @Test("as long as is allowed is carried, and a byte more is refused", arguments: formats)
  func limits(format: SoundFormat) throws {
    let sound = try tones(seconds: 0.1)
    var notes = SoundNotes(title: "title", comment: String(repeating: "x", count: 39_995))
    #expect(try SoundNotes(decoding: sound.encoded(as: format, notes: notes)) == notes)
    notes.comment?.append("x")
    let error = SoundError.notes(reason: "expected at most 40000 bytes of UTF-8, found 40001")
    #expect(throws: error) { try sound.encoded(as: format, notes: notes) }
    let zero = SoundNotes(title: "a\0b")
    #expect(throws: SoundError.notes(reason: "expected no character U+0000, found one")) {
      try sound.encoded(as: format, notes: zero)
    }
  }

  @Test("a file without notes has none", arguments: formats)
  func none(format: SoundFormat) throws {
    let folder = try TemporaryFolder()
    let file = folder.file("a sound")
    try tones(seconds: 0.1).save(to: file, as: format)
    let found = try SoundNotes(contentsOf: file)
    #expect(found.title == nil && found.comment == nil && found.record == nil)
  }

  @Test("a comment of others is no record")
  func others() {
    #expect(SoundNotes(comment: "recorded at home").record == nil)
    #expect(SoundNotes(comment: "inkwell {}").record == "{}")
  }

  @Test("notes of others are read in WAV, where they are not UTF-8 as Latin 1")
  func latin1() throws {
    let info =
      Array("INFO".utf8) + RIFFChunks.encoded("INAM", [0x4B, 0x6C, 0xE4, 0x6E, 0x67, 0, 9])
    let junk = RIFFChunks.encoded("LIST", Array("adtl".utf8)) + RIFFChunks.encoded("LIST", [1, 2])
    let plain = [UInt8](try tones(seconds: 0.1).encoded(as: .wav16))
    let file = RIFFChunks.appending(junk + RIFFChunks.encoded("LIST", info), to: plain)
    #expect(try SoundNotes(decoding: Data(file)).title == "Kläng")
  }

  @Test("a damaged list is refused")
  func damaged() throws {
    let info = Array("INFOINAM".utf8) + [200, 0, 0, 0, 65]
    let plain = [UInt8](try tones(seconds: 0.1).encoded(as: .wav16))
    let file = RIFFChunks.appending(RIFFChunks.encoded("LIST", info), to: plain)
    let error = #expect(throws: SoundError.self) { try SoundNotes(decoding: Data(file)) }
    #expect("\(try #require(error))".contains("the chunk \"INAM\""))
  }
}
