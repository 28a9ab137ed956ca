internal import Foundation

/// What of a tune a clip is to play, and how; chosen by hashes, so the same in every build.
struct MusicPlan {
  /// How long a clip lasts, in seconds: 65,536 frames.
  static let seconds = 4.096
  /// The tempi, in beats a minute.
  static let tempi = Array(stride(from: 70, through: 130, by: 10))
  /// The share of titles that are held out.
  static let heldOutShare = 0.06

  let source: MusicBook.Tune
  let number: Int
  let instrument: MusicInstrument
  let tempo: Int
  /// The tick of the tune where the clip begins: the beginning of a bar.
  let start: Int
  /// Who performs the same notes besides: half of the time a voice, else another instrument.
  let follower: MusicPerformer

  /// The `number`th clip of a tune; none if the tune is too short for one.
  init?(_ source: MusicBook.Tune, number: Int) {
    func draw(_ what: String) -> Double {
      StableHash.fraction("inkwell music \(source.id) \(number) \(what)")
    }
    func choice<Choice>(_ what: String, _ choices: [Choice]) -> Choice {
      choices[Int(draw(what) * Double(choices.count))]
    }
    let instrument = choice("instrument", MusicInstrument.allCases)
    self.instrument = instrument
    let others = MusicInstrument.allCases.filter { $0 != instrument }.map(MusicPerformer.init)
    let isSung = draw("melody") < 0.5
    follower = choice("melody by", isSung ? MusicPerformer.voices : others)
    tempo = choice("tempo", Self.tempi)
    self.source = source
    self.number = number
    let span = Self.seconds / Self.secondsPerTick(source.tune, tempo: tempo)
    let starts = source.tune.bars.filter { Double($0) + span <= Double(source.tune.length) }
    guard !starts.isEmpty else { return nil }
    start = choice("start", starts)
  }

  /// A beat of the tune in ticks: that of its metre, but minims where a reel is written in 4/4.
  private static func beat(_ tune: ABCTune) -> Int {
    let isReel = tune.rhythm.flatMap(MusicKind.init(abc:)) == .reel
    let isCommon = tune.meter.numerator == 4 && tune.meter.denominator == 4
    return isReel && isCommon ? 2 * tune.meter.beat : tune.meter.beat
  }

  private static func secondsPerTick(_ tune: ABCTune, tempo: Int) -> Double {
    60 / Double(tempo * beat(tune))
  }

  /// The notes that begin in the clip: their MIDI numbers, and the seconds of the clip when they
  /// begin and end.
  ///
  /// - Parameter performer: Who performs them.
  /// - Returns: The notes, in order.
  func notes(by performer: MusicPerformer) -> [(pitch: Int, start: Double, end: Double)] {
    let tune = source.tune
    let tick = Self.secondsPerTick(tune, tempo: tempo)
    return tune.notes.compactMap { note in
      let begin = Double(note.start - start) * tick
      guard note.start >= start, begin < Self.seconds - 0.01 else { return nil }
      // A little apart, so that a note that is repeated is heard to begin.
      let end = min(begin + 0.95 * Double(note.length) * tick, Self.seconds)
      return (note.pitch + 12 * performer.octaves, begin, end)
    }
  }

  /// Whether a note begins a bar, which is played a little louder.
  func isAccented(_ start: Double) -> Bool {
    let tick = Double(self.start) + start / Self.secondsPerTick(source.tune, tempo: tempo)
    return source.tune.bars.contains { abs(Double($0) - tick) < 1 }
  }

  /// Describes the clip.
  ///
  /// - Parameters:
  ///   - package: Where the tune is from.
  ///   - license: The licence's SPDX identifier.
  ///   - hasMelody: Whether the same notes are there by another performer.
  /// - Returns: The clip's line.
  func clip(
    _ package: EmojiSources.Package, license: String, hasMelody: Bool = false
  ) -> MusicClip {
    let tune = source.tune
    let kind = tune.rhythm.flatMap(MusicKind.init(abc:))
    let captions = MusicCaptions(
      kind, meter: tune.meter.name, instrument, tempo: tempo, key: tune.key.name)
    let isHeldOut = StableHash.fraction("inkwell music title \(source.base)") < Self.heldOutShare
    let id = source.id.map { $0.isLetter || $0.isNumber ? $0 : "-" }
    let played = notes(by: MusicPerformer(instrument))
    let name = "\(String(id))-\(number).flac"
    func rounded(_ seconds: Double) -> Double { (seconds * 1e4).rounded() / 1e4 }
    return MusicClip(
      fileName: "\(instrument.rawValue)/\(name)",
      melody: hasMelody ? "melodies/\(name)" : nil, melodyBy: hasMelody ? follower.name : nil,
      text: captions.main,
      captions: captions.all, instrument: instrument, kind: kind, meter: tune.meter.name,
      tempo: tempo, key: tune.key.name, tonic: tune.key.pitchClass, title: tune.title,
      base: source.base, start: rounded(Double(start) * Self.secondsPerTick(tune, tempo: tempo)),
      pitches: played.map(\.pitch), onsets: played.map { rounded($0.start) },
      split: isHeldOut ? "heldout" : "train", license: license,
      source: "\(package.label) \(source.book.rawValue)")
  }
}
