/// An instrument that clips of the music data set are played on.
public enum MusicInstrument: String, Codable, Sendable, CaseIterable {
  case piano, harpsichord, marimba, accordion, guitar, violin, trumpet, flute

  /// Its program in General MIDI, counted from 0.
  var program: Int {
    switch self {
    case .piano: 0
    case .harpsichord: 6
    case .marimba: 12
    case .accordion: 21
    case .guitar: 24
    case .violin: 40
    case .trumpet: 56
    case .flute: 73
    }
  }

  /// The octaves that melodies are moved by, so that they lie where the instrument is played.
  var octaves: Int {
    switch self {
    case .guitar: -1
    default: 0
    }
  }
}

/// Who performs the notes of a clip: an instrument, or a voice without words.
struct MusicPerformer: Hashable {
  /// What it is called.
  let name: String
  /// Its program in General MIDI, counted from 0.
  let program: Int
  /// The octaves that melodies are moved by.
  let octaves: Int

  /// An instrument of the data set.
  init(_ instrument: MusicInstrument) {
    name = instrument.rawValue
    program = instrument.program
    octaves = instrument.octaves
  }

  private init(voice name: String, program: Int) {
    self.name = name
    self.program = program
    octaves = 0
  }

  /// Voices that sing "ah" and "ooh".
  static let voices = [
    MusicPerformer(voice: "choir", program: 52), MusicPerformer(voice: "voice", program: 53),
  ]
}

/// The kinds of tunes that the books name.
public enum MusicKind: String, Codable, Sendable, CaseIterable {
  case reel, jig, hornpipe, strathspey, air, waltz, march, clog
  case slipJig = "slip jig"
  case fling = "highland fling"

  /// The kind that a field `R:` names, such as `double jig`, if it is one of these.
  init?(abc field: String) {
    let words = field.split { !$0.isLetter }.joined(separator: " ")
    if words.contains("slip") {
      self = .slipJig
    } else if words.contains("fling") {
      self = .fling
    } else if let kind = Self.allCases.first(where: { words.contains($0.rawValue) }) {
      self = kind
    } else {
      return nil
    }
  }
}
