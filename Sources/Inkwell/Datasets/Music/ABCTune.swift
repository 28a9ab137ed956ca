/// A tune of one voice in ABC notation, as much of it as is needed to play it.
///
/// Lengths and places are in ticks, of which ``ticksPerWhole`` make a whole note.
struct ABCTune: Equatable, Sendable {
  /// A note, or notes of a chord one by one.
  struct Note: Equatable, Sendable {
    /// Where it begins.
    let start: Int
    /// How long it sounds.
    var length: Int
    /// Its MIDI number; 60 is the middle C.
    let pitch: Int
  }

  /// The beats of a bar: 6/8 has two, each of three quavers.
  struct Meter: Equatable, Sendable {
    let numerator: Int
    let denominator: Int
    /// Whether it is written as `C|`, whose beats are minims.
    var isCut = false

    /// Whether beats have three parts.
    var isCompound: Bool { denominator == 8 && numerator > 3 && numerator.isMultiple(of: 3) }

    /// How long a beat is.
    var beat: Int {
      let part = ABCTune.ticksPerWhole / denominator
      return isCompound ? 3 * part : isCut ? ABCTune.ticksPerWhole / 2 : part
    }

    /// Its name: "6/8", or "2/2" where it is cut.
    var name: String { isCut ? "2/2" : "\(numerator)/\(denominator)" }
  }

  /// How many ticks a whole note has: whatever tunes divide it by leaves no remainder.
  static let ticksPerWhole = 40_320

  /// The number in its file.
  let number: String
  let title: String
  /// What kind of dance it is, in the file's words.
  let rhythm: String?
  let meter: Meter
  let key: ABCKey
  let notes: [Note]
  /// Where bars begin.
  let bars: [Int]
  /// Where the last note ends.
  let length: Int
}

/// Why a tune cannot be read.
struct ABCError: Error, Equatable, CustomStringConvertible {
  /// What was expected and what was found.
  let description: String

  init(_ description: String) {
    self.description = description
  }
}

/// The lines of a file of tunes, taken apart.
struct ABCBook {
  /// A tune, not yet read: its fields by their letters, and the lines of its music.
  struct Entry: Equatable {
    var fields: [Character: String] = [:]
    var music: [String] = []
  }

  private(set) var entries: [Entry] = []

  /// Takes a file apart.
  ///
  /// A tune begins with its number, `X:`; what stands before the first is the book's own.
  init(_ text: String) {
    for raw in text.split(whereSeparator: \.isNewline) {
      let line = (raw.firstIndex(of: "%").map { raw[..<$0] } ?? raw).description.trimmed
      if let (letter, value) = Self.field(line) {
        if letter == "X" { entries.append(Entry()) }
        guard !entries.isEmpty else { continue }
        let last = entries.count - 1
        if !entries[last].music.isEmpty, "KMLVQ".contains(letter) {
          entries[last].music.append("[\(letter):\(value)]")
        } else if entries[last].fields[letter] == nil {
          entries[last].fields[letter] = value
        }
      } else if !entries.isEmpty, !line.isEmpty, entries[entries.count - 1].fields["K"] != nil {
        entries[entries.count - 1].music.append(line)
      }
    }
  }

  private static func field(_ line: String) -> (Character, String)? {
    guard let letter = line.first, letter.isLetter, line.dropFirst().first == ":",
      !line.hasPrefix("|:")
    else { return nil }
    return (letter, String(line.dropFirst(2)).trimmed)
  }
}
