import Files
import Foundation
import Modalities
import TestSupport
import Testing

/// Sounds as scipy and Python write them, made by Tests/Golden/sounds.py.
struct SoundCase: Decodable, Sendable, CustomTestStringConvertible {
  let name: String
  let file: Data
  let channels: Int
  let sampleRate: Int
  let samples: [Float]

  var testDescription: String { name }

  static func all() throws -> [SoundCase] {
    try JSONDecoder().decode([SoundCase].self, from: Data(contentsOf: Golden.file("sounds.json")))
  }
}

@Suite("sound files")
struct SoundFileTests {
  static let lossy: [SoundFormat] = [
    .vorbis(quality: 0.7), .opus(quality: 0.7), .mp3(quality: 0.7),
  ]

  @Test("what others write is read to the bit", arguments: try SoundCase.all())
  func readsLikeScipy(_ expected: SoundCase) throws {
    let sound = try Sound(decoding: expected.file)
    #expect(sound.channels == expected.channels)
    #expect(sound.sampleRate == expected.sampleRate)
    #expect(sound.samples == expected.samples)
  }

  @Test(
    "whole numbers come back as they were, both ends too",
    arguments: [SoundFormat.wav16, .wav24, .wav32, .flac16, .flac24], [1, 2, 5])
  func roundTrips(format: SoundFormat, channels: Int) throws {
    let bits =
      switch format {
      case .wav16, .flac16: 16
      default: 24
      }
    // 70,000 frames are more than one part of reading and writing.
    let frames = channels == 2 ? 70_000 : 500
    let sound = try Sound(
      channels: channels, sampleRate: 44_100,
      samples: wholeSamples(bits: bits, frames: frames, channels: channels))
    #expect(try Sound(decoding: sound.encoded(as: format)) == sound)
  }

  @Test("floating-point WAV keeps every sample, however loud")
  func floats() throws {
    let sound = try Sound(
      channels: 2, sampleRate: 22_050, samples: [0.1, -7.5, .leastNonzeroMagnitude, 1e30])
    #expect(try Sound(decoding: sound.encoded(as: .wavFloat)) == sound)
  }

  @Test("other samples are rounded to the nearest, and 1 to the last number")
  func rounds() throws {
    let step = Float(1) / 32_768
    let sound = try Sound(
      channels: 1, sampleRate: 8_000, samples: [0.4 * step, 0.6 * step, -0.6 * step, 1, -1])
    let found = try Sound(decoding: sound.encoded(as: .wav16))
    #expect(found.samples == [0, step, -step, 1 - step, -1])
  }

  @Test("lossy formats stay near, and keep the length", arguments: lossy, [1, 2])
  func staysNear(format: SoundFormat, channels: Int) throws {
    let sound = try tones(seconds: 1, channels: channels)
    let found = try Sound(decoding: sound.encoded(as: format))
    #expect(found.channels == channels && found.sampleRate == 48_000)
    #expect(try #require(signalToNoise(found, sound)) > 20)
  }

  @Test("more quality is a larger file", arguments: [0, 1, 2])
  func quality(index: Int) throws {
    let formats: [(Double) -> SoundFormat] = [
      { .vorbis(quality: $0) }, { .opus(quality: $0) }, { .mp3(quality: $0) },
    ]
    let sound = try tones(seconds: 1)
    let sizes = try [0.1, 0.9].map { try sound.encoded(as: formats[index]($0)).count }
    #expect(sizes[0] < sizes[1])
    for quality in [-0.1, 1.1, .nan] {
      let error = #expect(throws: SoundError.self) {
        try sound.encoded(as: formats[index](quality))
      }
      #expect(error?.description == "expected a quality in [0, 1], found \(quality)")
    }
  }

  @Test(
    "the same sound gives the same bytes",
    arguments: [SoundFormat.wavFloat, .flac16, .mp3(quality: 1)])
  func isDeterministic(format: SoundFormat) throws {
    let sound = try tones()
    #expect(try sound.encoded(as: format) == sound.encoded(as: format))
  }

  @Test("a file's name says its format, and is whole or not there")
  func files() throws {
    let folder = try TemporaryFolder()
    let sound = try tones(seconds: 0.1)
    for name in ["a.wav", "a.FLAC", "a.ogg", "a.oga", "a.opus", "a.mp3"] {
      try sound.save(to: folder.file(name))
      #expect(try Sound(contentsOf: folder.file(name)).frames == sound.frames, "\(name)")
    }
    let wav = try Data(contentsOf: folder.file("a.wav"))
    #expect(throws: SoundError.unknownExtension("a.aiff")) {
      try sound.save(to: folder.file("a.aiff"))
    }
    let loud = try sound.amplified(byDecibels: 20)
    #expect(throws: SoundError.self) { try loud.save(to: folder.file("a.wav")) }
    #expect(try Data(contentsOf: folder.file("a.wav")) == wav)
    #expect(throws: FileError.self) { try sound.save(to: folder.file("none/a.wav")) }
    #expect(throws: (any Error).self) { try Sound(contentsOf: folder.file("none.wav")) }
  }

  @Test("what a format cannot hold is refused")
  func refusals() throws {
    let sound = try tones(seconds: 0.1, rate: 44_100)
    #expect(
      throws: SoundError.sampleRate(
        source: "Opus", expected: "8000, 12000, 16000, 24000, 48000", found: 44_100)
    ) { try sound.encoded(as: .opus(quality: 0.5)) }
    let three = try tones(seconds: 0.1, channels: 3)
    #expect(throws: SoundError.channels(source: "MP3", expected: "1 to 2", found: 3)) {
      try three.encoded(as: .mp3(quality: 0.5))
    }
    let loud = try Sound(channels: 1, sampleRate: 8_000, samples: [0, -1.25])
    for (format, name) in [
      (SoundFormat.wav24, "WAV"), (.flac16, "FLAC"), (.vorbis(quality: 1), "Ogg Vorbis"),
    ] {
      #expect(throws: SoundError.tooLoud(format: name, peak: 1.25)) {
        try loud.encoded(as: format)
      }
    }
  }

  @Test("sounds are read and written by many tasks at once")
  func isConcurrent() async throws {
    let sound = try Sound(
      channels: 2, sampleRate: 44_100, samples: wholeSamples(bits: 16, frames: 900, channels: 2))
    try await withThrowingTaskGroup(of: Bool.self) { group in
      for _ in 0..<16 {
        group.addTask {
          #expect(throws: SoundError.self) { try Sound(decoding: Data("fLaC?".utf8)) }
          return try Sound(decoding: sound.encoded(as: .flac16)) == sound
        }
      }
      for try await same in group { #expect(same) }
    }
  }
}
