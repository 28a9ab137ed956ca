import Evaluation
import Foundation
import Modalities
import TestSupport
import Testing
import Torch

@testable import Inkwell

/// The whole evaluation of a tiny model of random weights, on tones and on noise.
@Suite struct EvaluateMusicTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try MusicFixture.make()
    try Self.writeData(to: folder)
  }

  @Test("an evaluation hears the real instruments, and writes its page and sounds")
  func whole() throws {
    let figures = try run(request())
    let page = folder.file("page")
    let data = try Data(contentsOf: page.appending(path: "figures.json"))
    #expect(try JSONDecoder().decode(MusicFigures.self, from: data) == figures)
    #expect((figures.sounds, figures.trainingSounds) == (10, 24))
    // Tones and noise are as different as instruments can be.
    #expect(figures.real.instrument.value == 1)
    // A random model does not play what it is asked for, and its autoencoder rebuilds nothing.
    #expect(figures.generated.frechet.value > figures.real.frechet.value)
    #expect(figures.rebuiltRatio < 3)
    #expect(figures.files.keys.contains("transformer/diffusion_pytorch_model.safetensors"))
    let sound = try Sound(contentsOf: page.appending(path: "02.ogg"))
    #expect(abs(sound.seconds - Double(MusicFixture.frames) / Double(MusicFixture.rate)) < 0.01)
    #expect(!FileManager.default.fileExists(atPath: folder.file("page/03.ogg").path))
    let text = String(
      decoding: try Data(contentsOf: page.appending(path: "README.md")), as: UTF8.self)
    #expect(text.contains("| the caption's instrument is heard | "))
    #expect(!text.contains(folder.url.path(percentEncoded: false)))
    #expect(try run(request()) == figures)
  }

  @Test("a model that follows melodies is heard beside them, where the data has some")
  func melodies() throws {
    try Self.writeData(to: folder, melodies: true)
    #expect(try run(request()).melodies == nil)
    var following = request()
    following.model = "follower"
    let figures = try #require(try run(following).melodies)
    #expect(figures.sounds == 10)
    // The melodies are tones of the notes' pitch; half of the sounds are noise.
    #expect(figures.given.notes.value == 1)
    #expect(figures.real.instrument.value == 1 && figures.real.notes.value < 1)
    let page = folder.file("page")
    for name in ["01-melody.ogg", "01-played.ogg", "02-melody.ogg", "02-played.ogg"] {
      #expect(try Sound(contentsOf: page.appending(path: name)).frames > 0)
    }
    let text = String(
      decoding: try Data(contentsOf: page.appending(path: "README.md")), as: UTF8.self)
    #expect(text.contains("| the melody as it was given | 100.0 %"))
    try Self.writeData(to: folder)
    #expect(try run(following).melodies == nil)
  }

  @Test("tempi are the same to 4 % and within an octave")
  func tempi() {
    #expect(Ears.isSame(100, 100) && Ears.isSame(103, 100) && !Ears.isSame(105, 100))
    #expect(Ears.isSame(60, 120) && Ears.isSame(120, 60) && !Ears.isSame(90, 120))
  }

  @Test(
    "keys are heard by their third",
    arguments: [
      ("D major", 2, false), ("D mixolydian", 2, false), ("E dorian", 4, true),
      ("A minor", 9, true),
    ])
  func keys(name: String, tonic: Int, isMinor: Bool) throws {
    let clip = try JSONDecoder().decode(
      MusicClip.self, from: Data(Self.line(0, "heldout", key: name, tonic: tonic).utf8))
    #expect(clip.heardKey == MusicalKey(tonic: tonic, isMinor: isMinor))
  }

  @Test("numbers out of range, too few sounds, none, and lines of other data are errors")
  func refusals() throws {
    var few = request()
    few.sounds = 7
    #expect(throws: EvaluationError.value("sounds", expected: "8 or more", found: "7")) {
      try run(few)
    }
    try Self.writeData(to: folder, heldOut: 3)
    #expect(throws: EvaluationError.tooFew(split: "heldout", expected: 8, found: 3)) {
      try run(request())
    }
    try Self.writeData(to: folder, heldOut: 0)
    #expect(
      throws: EvaluationError.nothingHeldOut(folder: request().data, splits: ["heldout"])
    ) { try run(request()) }
    try Self.writeData(to: folder, training: 2)
    #expect(throws: EvaluationError.tooFew(split: "train", expected: 8, found: 2)) {
      try run(request())
    }
    try Self.writeData(to: folder)
    let file = folder.file("tunes/metadata.jsonl")
    let text = try String(contentsOf: file, encoding: .utf8)
    try folder.write(
      text.replacing("\"onsets\": [0]", with: "\"onsets\": [0, 1]").utf8,
      to: "tunes/metadata.jsonl")
    let uneven = #expect(throws: EvaluationError.self) { try run(request()) }
    #expect(uneven?.description.hasSuffix("1 pitches and 2 onsets") == true)
    let other = #"{"file_name": "0.flac", "text": "a red apple"}"#
    try folder.write(other.utf8, to: "tunes/metadata.jsonl")
    let error = #expect(throws: EvaluationError.self) { try run(request()) }
    #expect(error?.description.contains("metadata.jsonl:1: expected a line") == true)
  }

  @Test("a stop ends the run")
  func stops() throws {
    let stop = StopSignal()
    stop.request()
    #expect(throws: CancellationError.self) {
      try request()(library: MusicFixture.library(folder), until: stop)
    }
  }

  private func request() -> EvaluateMusic {
    var request = EvaluateMusic(
      model: "tiny", data: folder.file("tunes").path(percentEncoded: false),
      output: folder.file("page").path(percentEncoded: false), seed: 3)
    (request.resamples, request.kept) = (5, 2)
    return request
  }

  private func run(_ request: EvaluateMusic) throws -> MusicFigures {
    try request(library: MusicFixture.library(folder))
  }

  /// Tones by flutes and noise by marimbas: 24 to train on, and some held out.
  private static func writeData(
    to folder: TemporaryFolder, training: Int = 24, heldOut: Int = 10, melodies: Bool = false
  ) throws {
    var lines: [String] = []
    for (split, count) in [("train", training), ("heldout", heldOut)] {
      for index in 0..<count {
        let sound =
          index % 2 == 0 ? try MusicFixture.sound(index) : try noise(seed: UInt64(index + count))
        try folder.write(
          sound.encoded(as: .flac16), to: "tunes/\(split)-\(index).flac")
        guard melodies else {
          lines.append(line(index, split))
          continue
        }
        // 392 Hz, the G that each clip's only note is.
        let samples = (0..<MusicFixture.frames).map { frame in
          Float(0.5 * sin(2 * .pi * 392 * Double(frame) / Double(MusicFixture.rate)))
        }
        try folder.write(
          Sound(channels: 1, sampleRate: MusicFixture.rate, samples: samples).encoded(as: .flac16),
          to: "tunes/melodies/\(split)-\(index).flac")
        lines.append(line(index, split, melody: "melodies/\(split)-\(index).flac"))
      }
    }
    try folder.write(lines.joined(separator: "\n").utf8, to: "tunes/metadata.jsonl")
  }

  private static func noise(seed: UInt64) throws -> Sound {
    let samples = Generator(seed: seed).normal([MusicFixture.frames]) * 0.1
    return try Sound(
      channels: 1, sampleRate: MusicFixture.rate, samples: samples.values(as: Float.self))
  }

  private static func line(
    _ index: Int, _ split: String, key: String = "G major", tonic: Int = 7, melody: String? = nil
  ) -> String {
    """
    {"file_name": "\(split)-\(index).flac", \
    \(melody.map { #""melody": "\#($0)", "melody_by": "voice", "# } ?? "")"text": "a red apple", "captions": ["a red apple"], \
    "instrument": "\(index % 2 == 0 ? "flute" : "marimba")", "meter": "4/4", "tempo": 90, \
    "key": "\(key)", "tonic": \(tonic), "title": "T", "base": "t", "start": 0, "pitches": [67], \
    "onsets": [0], "split": "\(split)", "license": "CC0-1.0", "source": "here"}
    """
  }
}
