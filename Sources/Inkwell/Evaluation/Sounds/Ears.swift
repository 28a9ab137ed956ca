internal import Evaluation
internal import Foundation
internal import Torch

/// Judges that say what is heard in sounds, and have learnt from real ones alone.
struct Ears {
  /// How far the tempo that is heard may be from the caption's, as a share of it.
  ///
  /// That of the MIREX contests (Gouyon et al. 2006).
  static let tempoTolerance = 0.04

  private let timbre: TimbreFeatures
  private let classes: PitchClasses
  private let tempo: Tempo
  private let notes: NoteEar
  private let instruments: RidgeClassifier
  private let reference: FeatureMoments

  /// Learns the instruments of real sounds.
  init(_ set: SoundSet, instruments labels: [String], sampleRate: Int) throws {
    timbre = TimbreFeatures(sampleRate: sampleRate)
    classes = PitchClasses(sampleRate: sampleRate)
    notes = NoteEar(sampleRate: sampleRate)
    // One octave, so that each tempo is heard once.
    tempo = Tempo(
      sampleRate: sampleRate, candidates: (0..<72).map { 66 * exp2(Double($0) / 72) })
    let timbre = timbre
    let features = try Self.inParts(set.records.count) {
      timbre(set.batch(Array($0)).selected(dim: 1, index: 0))
    }
    instruments = try RidgeClassifier(features, labels: labels)
    reference = try checked { FeatureMoments(features) }
  }

  /// What is heard in sounds, at least two, `[clips, frames]`, beside what is said of them.
  func heard(
    _ sounds: Tensor, as clips: [MusicClip], resamples: Int, _ generator: Generator
  ) throws -> MusicFigures.Heard {
    let features = try Self.inParts(clips.count) { timbre(part(of: sounds, $0)) }
    let keys = try Self.inParts(clips.count) { classes(part(of: sounds, $0)) }
    let heardInstruments = try instruments(features)
    let shares = try checked { keys.values(as: Double.self) }
    let tempi = try tempo(sounds)
    let right = clips.indices.map { index in
      let clip = clips[index]
      let key = MusicalKey(ofClasses: Array(shares[12 * index..<12 * (index + 1)]))
      return (
        instrument: heardInstruments[index] == clip.instrument.rawValue,
        key: key == clip.heardKey, tempo: Self.isSame(tempi[index], Double(clip.tempo))
      )
    }
    func share(_ isRight: ((instrument: Bool, key: Bool, tempo: Bool)) -> Bool) -> Estimate {
      Estimate(successes: right.count { isRight($0) }, of: clips.count)
    }
    return MusicFigures.Heard(
      instrument: share(\.instrument), key: share(\.key), tempo: share(\.tempo),
      frechet: try FrechetDistance(features, from: reference)
        .estimate(resamples: resamples, using: generator))
  }

  /// The share of the notes of clips that is heard in sounds, `[clips, frames]`, and whether the
  /// clips' instruments are.
  func followed(_ sounds: Tensor, as clips: [MusicClip]) throws -> MusicFigures.Followed {
    let features = try Self.inParts(clips.count) { timbre(part(of: sounds, $0)) }
    let instruments = try instruments(features)
    let shares = try clips.enumerated().compactMap { index, clip in
      try notes(
        sounds.selected(dim: 0, index: index), pitches: clip.pitches, onsets: clip.onsets)
    }
    guard shares.count > 1 else {
      throw EvaluationError.value(
        "notes", expected: "some that are long enough to be heard in two clips at least",
        found: "in \(shares.count)")
    }
    return MusicFigures.Followed(
      notes: Estimate(meanOf: shares),
      instrument: Estimate(
        successes: zip(instruments, clips).count { $0 == $1.instrument.rawValue },
        of: clips.count))
  }

  /// Whether two tempi are the same, whichever multiple by two is counted.
  static func isSame(_ a: Double, _ b: Double) -> Bool {
    [0.5, 1, 2].contains { abs(a * $0 / b - 1) <= tempoTolerance }
  }

  private func part(of sounds: Tensor, _ range: Range<Int>) -> Tensor {
    sounds.narrowed(dim: 0, start: range.lowerBound, length: range.count)
  }

  /// What `body` makes of a few at a time.
  private static func inParts(_ count: Int, _ body: (Range<Int>) -> Tensor) throws -> Tensor {
    try checked {
      withoutGradients {
        stride(from: 0, to: count, by: 64).map { body($0..<min($0 + 64, count)) }.concatenated()
      }
    }
  }
}
