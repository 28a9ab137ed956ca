import Foundation
import TestSupport
import Testing

@testable import Modalities

@Suite("hostile sound files")
struct HostileSoundTests {
  @Test(
    "other bytes are refused",
    arguments: [
      "", "hello", "RIFX", "FORM\0\0\0\u{10}AIFFCOMM", "RIFF\u{4}\0\0\0AVI ", ".snd\0\0\0\u{18}",
      "caff\0\u{1}\0\0",
    ])
  func refusesUnknown(text: String) {
    let found = text.isEmpty ? "no bytes" : "other bytes"
    #expect(throws: SoundError.unknownFormat(source: "a file", found: found)) {
      try Sound(decoding: Data(text.utf8), source: "a file")
    }
  }

  @Test("a file that is cut off anywhere is an error, not a shorter sound")
  func refusesTruncated() throws {
    let sound = try tones(seconds: 0.2)
    for format in [SoundFormat.wav16, .flac16, .vorbis(quality: 0.5), .opus(quality: 0.5)] {
      let bytes = try sound.encoded(as: format, notes: SoundNotes(title: "tones"))
      for length in stride(from: 0, to: bytes.count - 1, by: max(1, bytes.count / 60)) {
        #expect(throws: SoundError.self, "\(format) of \(length) bytes") {
          try Sound(decoding: bytes.prefix(length))
        }
      }
    }
    // The last frames of MP3 are padding.
    let bytes = try sound.encoded(as: .mp3(quality: 0.5))
    for length in stride(from: 0, to: bytes.count * 3 / 4, by: bytes.count / 20) {
      #expect(throws: SoundError.self, "MP3 of \(length) bytes") {
        try Sound(decoding: bytes.prefix(length))
      }
    }
  }

  @Test("where a file ends too early, the error says so")
  func namesTruncation() throws {
    let bytes = try tones(seconds: 0.1).encoded(as: .wav16)
    let error = SoundError.truncated(
      source: "a.wav", reason: "its first bytes say that there are \(bytes.count), found 200")
    #expect(throws: error) { try Sound(decoding: bytes.prefix(200), source: "a.wav") }
    let ogg = try tones(seconds: 0.1).encoded(as: .vorbis(quality: 0.5))
    let last = try #require(ogg.lastRange(of: Data("OggS".utf8)))
    #expect(throws: SoundError.truncated(source: "a.ogg", reason: "its last page is missing")) {
      try Sound(decoding: ogg[..<last.lowerBound], source: "a.ogg")
    }
  }

  @Test("a bit that flips in Ogg is always seen")
  func seesDamage() throws {
    let bytes = try tones(seconds: 0.05).encoded(as: .opus(quality: 0.1))
    for index in stride(from: 0, to: bytes.count, by: 13) {
      var damaged = bytes
      damaged[index] ^= 1 << UInt8(index % 8)
      #expect(throws: SoundError.self, "byte \(index)") { try Sound(decoding: damaged) }
    }
  }

  @Test(
    "a bit that flips anywhere makes an error or a whole sound",
    arguments: [SoundFormat.wavFloat, .wav16, .flac16, .mp3(quality: 0.5)])
  func survivesDamage(format: SoundFormat) throws {
    let bytes = try tones(seconds: 0.05, rate: 8_000)
      .encoded(as: format, notes: SoundNotes(title: "t", comment: "c"))
    // libmpg123 says what it finds wrong on the standard error.
    let step = format == .mp3(quality: 0.5) ? 37 : 1
    for index in stride(from: 0, to: min(bytes.count, 1500), by: step) {
      var damaged = bytes
      damaged[index] ^= 1 << UInt8(index % 8)
      do {
        let sound = try Sound(decoding: damaged, sampleLimit: 1 << 20)
        #expect(sound.samples.count == sound.channels * sound.frames)
        #expect(sound.samples.count <= 1 << 20)
      } catch {
        #expect(!error.description.isEmpty)
      }
    }
  }

  /// The header of a WAV file of 16 bits over four bytes of sound.
  private func wav(
    kind: UInt16 = 1, channels: UInt16 = 1, rate: UInt32 = 8_000, bits: UInt16 = 16,
    length: UInt32 = 4, body: [UInt8] = [1, 2, 3, 4]
  ) -> Data {
    let block = channels &* (bits / 8)
    let format =
      bytes(kind) + bytes(channels) + bytes(rate) + bytes(rate &* UInt32(block)) + bytes(block)
      + bytes(bits)
    let chunks =
      Array("WAVEfmt ".utf8) + bytes(UInt32(16)) + format + Array("data".utf8) + bytes(length)
      + body
    return Data(Array("RIFF".utf8) + bytes(UInt32(chunks.count)) + chunks)
  }

  @Test("absurd headers of WAV are refused")
  func absurdWAV() throws {
    #expect(try Sound(decoding: wav()).samples == [513 / 32_768, 1027 / 32_768])
    for bad in [
      wav(channels: 0), wav(channels: 33), wav(channels: .max), wav(rate: 0), wav(rate: .max),
      wav(rate: 999), wav(kind: 2, bits: 4), wav(kind: 0x55), wav(bits: 40),
      wav(length: 0, body: []),
      wav(length: 6), wav(length: .max),
    ] {
      #expect(throws: SoundError.self, "\([UInt8](bad))") { try Sound(decoding: bad) }
    }
    let error = SoundError.truncated(
      source: "x", reason: "the chunk \"data\" at byte 36 has 6 bytes, found 4")
    #expect(throws: error) { try Sound(decoding: wav(length: 6), source: "x") }
    #expect(throws: SoundError.channels(source: "x", expected: "1 to 32 channels", found: 33)) {
      try Sound(
        decoding: wav(channels: 33, length: 66, body: [UInt8](repeating: 0, count: 66)),
        source: "x")
    }
  }

  @Test("a sample that is not a number is refused, with its place")
  func notANumber() throws {
    let body = bytes(Float(0.5).bitPattern) + bytes(Float.nan.bitPattern)
    let file = wav(kind: 3, channels: 2, bits: 32, length: 8, body: body)
    #expect(throws: SoundError.notFinite(source: "x", channel: 1, frame: 0)) {
      try Sound(decoding: file, source: "x")
    }
  }

  @Test("a length that is too large is refused by its header, and one that lies costs no memory")
  func lengths() throws {
    let bytes = try tones(seconds: 0.1, rate: 8_000).encoded(as: .flac16)
    #expect(throws: SoundError.tooLarge(source: "sound", limit: 1599, found: 1600)) {
      try Sound(decoding: bytes, sampleLimit: 1599)
    }
    #expect(try Sound(decoding: bytes, sampleLimit: 1600).samples.count == 1600)
    // STREAMINFO: the 36 bits of the number of frames end at byte 26.
    var claims = [UInt8](bytes)
    claims[21] |= 0x0F
    claims.replaceSubrange(22..<26, with: [0xFF, 0xFF, 0xFF, 0xFF])
    #expect(
      throws: SoundError.tooLarge(
        source: "sound", limit: Sound.sampleLimit, found: 2 * ((1 << 36) - 1))
    ) { try Sound(decoding: Data(claims)) }
    claims[21] &= 0xF0
    claims.replaceSubrange(22..<26, with: [0x03, 0xFF, 0xFF, 0xFF])
    #expect(throws: SoundError.self) { try Sound(decoding: Data(claims)) }
  }
}
