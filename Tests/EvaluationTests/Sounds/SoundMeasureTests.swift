import Foundation
import Testing
import Torch

@testable import Evaluation

/// Sounds whose answers are known.
private enum Played {
  static let rate = 8000

  /// Sines of MIDI numbers, each so many seconds, with silence of `gap` seconds at its end.
  static func notes(_ pitches: [Int], each seconds: Double, gap: Double = 0) -> Tensor {
    let frames = Int(seconds * Double(rate))
    let samples = pitches.flatMap { pitch -> [Float] in
      let f = 440 * pow(2, Double(pitch - 69) / 12)
      return (0..<frames).map { frame in
        let time = Double(frame) / Double(rate)
        return time < seconds - gap ? Float(0.3 * sin(2 * .pi * f * time)) : 0
      }
    }
    return Tensor(samples, shape: [1, samples.count])
  }
}

@Suite struct MusicalKeyTests {
  @Test("a profile is of its own key, in all 24", arguments: 0..<12)
  func profiles(tonic: Int) {
    // How often each degree is in a tune of a tonic triad and a scale.
    let major = [4.0, 0, 2, 0, 3, 2, 0, 3, 0, 2, 0, 1]
    let minor = [4.0, 0, 2, 3, 0, 2, 0, 3, 2, 0, 1, 0]
    for (degrees, isMinor) in [(major, false), (minor, true)] {
      let classes = (0..<12).map { degrees[($0 - tonic + 12) % 12] }
      #expect(MusicalKey(ofClasses: classes) == MusicalKey(tonic: tonic, isMinor: isMinor))
    }
  }

  @Test("keys have names")
  func names() {
    #expect("\(MusicalKey(tonic: 10, isMinor: false))" == "B flat major")
    #expect("\(MusicalKey(tonic: 6, isMinor: true))" == "F sharp minor")
  }

  @Test("a class that sounds twice as long is twice as much, and others are next to nothing")
  func classes() throws {
    let x = Played.notes([69, 69, 72], each: 1)
    let found = try checked { PitchClasses(sampleRate: Played.rate)(x) }.values(as: Double.self)
    #expect(abs(found[9] / found[0] - 2) < 0.2)
    for other in [1, 2, 3, 4, 5, 6, 7, 8, 10, 11] { #expect(found[other] < 0.15 * found[0]) }
  }

  @Test("the key of a melody that is heard", arguments: [(60, false), (62, false), (69, true)])
  func melody(tonic: Int, isMinor: Bool) throws {
    let third = isMinor ? 3 : 4
    let pitches = [0, 2, third, 5, 7, third, 0, 7, 0].map { tonic + $0 }
    let classes = try checked {
      PitchClasses(sampleRate: Played.rate)(Played.notes(pitches, each: 0.4))
    }
    #expect(
      MusicalKey(ofClasses: classes.values(as: Double.self))
        == MusicalKey(tonic: tonic % 12, isMinor: isMinor))
  }
}

@Suite struct TempoTests {
  @Test("a note on each beat has the beat's tempo", arguments: [72.0, 84, 96, 108, 120])
  func beats(tempo: Double) throws {
    let notes = Int(6 * tempo / 60)
    let pitches = (0..<notes).map { 60 + [0, 4, 7, 5][$0 % 4] }
    let x = Played.notes(pitches, each: 60 / tempo, gap: 0.05)
    let found = try Tempo(
      sampleRate: Played.rate, candidates: Array(stride(from: 66.0, through: 132, by: 1)))(x)[0]
    #expect(abs(found / tempo - 1) < 0.03, "found \(found)")
  }
}

@Suite struct TimbreFeatureTests {
  @Test("bands share every frequency between the first and the last middle")
  func triangles() {
    let count = 257
    let values = TimbreFeatures.triangles(frequencies: count, highest: 8000)
      .values(as: Double.self)
    let bands = TimbreFeatures.bands
    let step = TimbreFeatures.mel(8000) / Double(bands + 1)
    let (first, last) = (
      TimbreFeatures.hertz(step), TimbreFeatures.hertz(step * Double(bands))
    )
    for bin in 0..<count {
      let f = 8000 * Double(bin) / Double(count - 1)
      let sum = values[bin * bands..<(bin + 1) * bands].reduce(0, +)
      if (first...last).contains(f) { #expect(abs(sum - 1) < 1e-6, "\(f) Hz") }
    }
    #expect(abs(TimbreFeatures.hertz(TimbreFeatures.mel(440)) - 440) < 1e-9)
  }

  @Test("loudness does not count, and what is played once is not what is played twice")
  func loudness() throws {
    let features = TimbreFeatures(sampleRate: Played.rate)
    let x = Played.notes([60, 64, 67], each: 0.5, gap: 0.1)
    let (loud, quiet) = try checked { (features(x), features(x * 0.1)) }
    #expect((loud - quiet).absolute().maximum().item() < 1e-3)
    let other = try checked { features(Played.notes([60, 60, 60], each: 0.5)) }
    #expect((loud - other).absolute().maximum().item() > 3)
  }
}

@Suite struct NoteEarTests {
  private let ear = NoteEar(sampleRate: Played.rate)
  private let pitches = [60, 64, 67, 72, 71, 62]

  private func heard(_ played: [Int], each seconds: Double = 0.2, as pitches: [Int]? = nil) throws
    -> Double?
  {
    let sound = Played.notes(played, each: seconds).selected(dim: 0, index: 0)
    let onsets = played.indices.map { Double($0) * seconds }
    return try ear(sound, pitches: pitches ?? self.pitches, onsets: onsets)
  }

  @Test(
    "notes that are played are heard, in any octave, and others are not", arguments: [0.1, 0.4])
  func notes(seconds: Double) throws {
    #expect(try heard(pitches, each: seconds) == 1)
    #expect(try heard(pitches.map { $0 + 12 }, each: seconds) == 1)
    #expect(try heard(pitches.map { $0 + 1 }, each: seconds) == 0)
    var half = pitches
    for index in [0, 2, 4] { half[index] += 3 }
    #expect(try heard(half, each: seconds) == 0.5)
    // The same notes at other times.
    #expect(try heard(Array(pitches.reversed()), each: seconds) == 0)
  }

  @Test("what is too short to be heard, or begins with another, is passed over")
  func passedOver() throws {
    #expect(try heard(pitches, each: 0.04) == nil)
    let sound = Played.notes([60, 64], each: 0.3).selected(dim: 0, index: 0)
    #expect(try ear(sound, pitches: [60, 66, 64, 70], onsets: [0, 0, 0.3, 0.58]) == 1)
    #expect(try ear(sound, pitches: [], onsets: []) == nil)
  }
}
