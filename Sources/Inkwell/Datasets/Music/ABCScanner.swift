/// The characters of a line of music.
struct ABCScanner {
  /// A note as it is written; a rest without a letter.
  struct Note {
    /// `A` to `G`.
    var letter: Character?
    /// 0 for the octave of the middle C, which capital letters are in.
    var octave = 0
    /// The sign before it, in semitones.
    var accidental: Int?
    /// Its length over the tune's unit.
    var length = ABCMusic.Factor(numerator: 1, denominator: 1)
  }

  private let characters: [Character]
  private var place = 0

  init(_ line: String) {
    characters = Array(line)
  }

  /// The character that comes next.
  var peek: Character? { peek(0) }

  /// A character that lies ahead.
  func peek(_ distance: Int) -> Character? {
    place + distance < characters.count ? characters[place + distance] : nil
  }

  /// Takes a character.
  mutating func next() -> Character? {
    guard let character = peek else { return nil }
    place += 1
    return character
  }

  /// Passes over all up to a character and the character.
  mutating func skip(past end: Character) {
    while let character = next(), character != end {}
  }

  /// Reads a note that begins with a character that was taken.
  mutating func note(from first: Character) throws -> Note {
    var note = Note()
    var character = first
    let signs: [Character: Int] = ["^": 1, "_": -1, "=": 0]
    while let sign = signs[character] {
      note.accidental = (note.accidental ?? 0) + sign
      guard let following = next() else { throw ABCError("expected a note after a sign") }
      character = following
    }
    switch character {
    case "z", "x": break
    case "A"..."G": note.letter = character
    case "a"..."g":
      note.letter = Character(character.uppercased())
      note.octave = 1
    default: throw ABCError("expected a note, found \"\(character)\"")
    }
    while let mark = peek, mark == "'" || mark == "," {
      note.octave += mark == "'" ? 1 : -1
      place += 1
    }
    note.length = length()
    return note
  }

  /// Reads `2`, `3/2`, `/`, `/4` or `//`; nothing is 1.
  private mutating func length() -> ABCMusic.Factor {
    let numerator = number() ?? 1
    var denominator = 1
    while peek == "/", denominator < 1000 {
      place += 1
      denominator *= number() ?? 2
    }
    return ABCMusic.Factor(numerator: numerator, denominator: denominator)
  }

  private mutating func number() -> Int? {
    var value: Int?
    while let digit = peek?.wholeNumberValue, (value ?? 0) < 1000 {
      value = 10 * (value ?? 0) + digit
      place += 1
    }
    return value
  }
}
