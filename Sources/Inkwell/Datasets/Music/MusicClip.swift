/// A line of the music data set's `metadata.jsonl`: what a clip is, exactly.
public struct MusicClip: Codable, Sendable, Hashable {
  /// The clip's path inside the data set.
  public let fileName: String
  /// The path of the same notes by another performer, if they are there.
  public let melody: String?
  /// Who performs them there: `choir`, `voice` or an instrument.
  public let melodyBy: String?
  /// The main caption: "a reel on the violin, 120 bpm, D major".
  public let text: String
  /// All captions to train on, the main one first.
  public let captions: [String]
  /// What plays.
  public let instrument: MusicInstrument
  /// The kind of tune, if the book says it.
  public let kind: MusicKind?
  /// The metre, such as "6/8".
  public let meter: String
  /// Beats a minute.
  public let tempo: Int
  /// The key in words: "D major".
  public let key: String
  /// The pitch class of the tonic, 0 (C) to 11 (B).
  public let tonic: Int
  /// The tune's title.
  public let title: String
  /// What tunes of the same title share, so that they never part in a split.
  public let base: String
  /// The seconds of the tune that come before the clip.
  public let start: Double
  /// The MIDI numbers of the notes that begin in the clip, in order.
  public let pitches: [Int]
  /// When each of them begins, in seconds.
  public let onsets: [Double]
  /// `train` or `heldout`.
  public let split: String
  /// The licence's SPDX identifier.
  public let license: String
  /// The package and the book that it was played from.
  public let source: String

  enum CodingKeys: String, CodingKey {
    case fileName = "file_name"
    case melodyBy = "melody_by"
    case melody
    case text, captions, instrument, kind, meter, tempo, key, tonic, title, base, start, pitches
    case onsets, split, license, source
  }
}

/// The captions of a clip.
struct MusicCaptions {
  /// The main caption.
  let main: String
  /// All of them, the main one first.
  let all: [String]

  init(_ kind: MusicKind?, meter: String, _ instrument: MusicInstrument, tempo: Int, key: String) {
    let what = kind.map { $0 == .air ? "an air" : "a \($0.rawValue)" } ?? "a tune in \(meter)"
    let player = instrument.rawValue
    main = "\(what) on the \(player), \(tempo) bpm, \(key)"
    let word = kind?.rawValue ?? meter
    all = [
      main, "\(player), \(word), \(key), \(tempo) bpm", "\(what) in \(key) on the \(player)",
      "\(player), \(tempo) bpm, \(key)", "\(what) on the \(player), \(tempo) bpm",
    ]
  }
}
