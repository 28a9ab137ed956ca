/// Reads the lines of a tune's music, one after another.
struct ABCMusic {
  private(set) var notes: [ABCTune.Note] = []
  private(set) var bars: [Int] = [0]
  /// Where the next note begins.
  private(set) var now = 0

  private let key: ABCKey
  private let unit: Int
  /// What signs before notes say until the bar ends, by letter and octave.
  private var accidentals: [Pitch: Int] = [:]
  /// What the next note's length is multiplied by, for `>` and `<`.
  private var nextFactor: Factor?
  /// The notes left of a tuplet, and what their lengths are multiplied by.
  private var tuplet: (left: Int, factor: Factor)?
  /// The notes that a tie goes on from.
  private var tied: [Int: Int] = [:]
  /// The notes of the last place, for `>` and `<`, which come after them.
  private var last: Range<Int> = 0..<0
  /// Where the last note began.
  private var lastStart = 0
  private var isFirstEnding = false

  struct Pitch: Hashable {
    let letter: Character
    let octave: Int
  }

  struct Factor {
    let numerator: Int
    let denominator: Int
  }

  init(key: ABCKey, unit: Int) {
    self.key = key
    self.unit = unit
  }

  /// Reads a line.
  mutating func read(_ line: String) throws {
    var scanner = ABCScanner(line)
    while let character = scanner.next() {
      switch character {
      case "A"..."G", "a"..."g", "^", "_", "=", "z", "x":
        try addPlace([try scanner.note(from: character)], &scanner)
      case "[": try readBracket(&scanner)
      case "|", ":": readBar(character, &scanner)
      case ">", "<": try readBroken(character, &scanner)
      case "(": try readTuplet(&scanner)
      case "-": tie()
      case "{": scanner.skip(past: "}")
      case "\"": scanner.skip(past: "\"")
      case "!": scanner.skip(past: "!")
      case "Z", "&": throw ABCError("expected one voice with its own bars, found \(character)")
      case ")", " ", "\t", "\\", "`", "~", ".", "*", "]", "$", "y", "+", "H"..."W", "h"..."w", "/",
        ";", ",", "'", "0"..."9":
        continue
      default: throw ABCError("expected ABC, found \"\(character)\"")
      }
    }
  }

  private mutating func addPlace(_ parts: [ABCScanner.Note], _ scanner: inout ABCScanner) throws {
    guard let first = parts.first else { return }
    var length = try scaled(unit, first.length)
    if let factor = nextFactor { length = try scaled(length, factor) }
    nextFactor = nil
    if let (left, factor) = tuplet {
      length = try scaled(length, factor)
      tuplet = left > 1 ? (left - 1, factor) : nil
    }
    guard !isFirstEnding else { return }
    let begin = notes.count
    var stillTied: [Int: Int] = [:]
    for part in parts {
      guard let pitch = pitch(of: part) else { continue }
      if let former = tied[pitch], notes[former].start + notes[former].length == now {
        notes[former].length += length
        stillTied[pitch] = former
      } else {
        notes.append(ABCTune.Note(start: now, length: length, pitch: pitch))
      }
    }
    lastTied = stillTied
    tied = [:]
    last = begin..<notes.count
    lastStart = now
    now += length
  }

  /// The notes before the last place that the last place goes on.
  private var lastTied: [Int: Int] = [:]

  private mutating func tie() {
    tied = lastTied
    for index in last { tied[notes[index].pitch] = index }
  }

  /// The MIDI number of a note, if it is no rest.
  private mutating func pitch(of note: ABCScanner.Note) -> Int? {
    guard let letter = note.letter else { return nil }
    let place = Pitch(letter: letter, octave: note.octave)
    if let sign = note.accidental { accidentals[place] = sign }
    let classes: [Character: Int] = ["C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11]
    let sign = accidentals[place] ?? key.accidental(of: letter)
    return 60 + 12 * note.octave + (classes[letter] ?? 0) + sign
  }

  private func scaled(_ length: Int, _ factor: Factor) throws -> Int {
    let (top, bottom) = (length * factor.numerator, factor.denominator)
    guard bottom > 0, top > 0, top.isMultiple(of: bottom) else {
      throw ABCError("expected a length of whole ticks, found \(top)/\(bottom)")
    }
    return top / bottom
  }

  // MARK: - Marks between notes

  private mutating func readBracket(_ scanner: inout ABCScanner) throws {
    guard let next = scanner.peek else { return }
    if next == "1" || next == "2" || next == "3" || next == "4" {
      return startEnding(scanner.next() ?? "1")
    }
    if next == "|" { return }
    if next.isLetter, scanner.peek(1) == ":" {
      throw ABCError("expected one key, metre and voice, found a field \(next) in the music")
    }
    var parts: [ABCScanner.Note] = []
    while let character = scanner.next(), character != "]" {
      guard character != " " else { continue }
      parts.append(try scanner.note(from: character))
    }
    try addPlace(parts, &scanner)
  }

  private mutating func readBar(_ character: Character, _ scanner: inout ABCScanner) {
    var mark = String(character)
    while let next = scanner.peek, "|:]".contains(next) {
      mark.append(next)
      _ = scanner.next()
    }
    accidentals = [:]
    if mark.contains(":|") || mark.contains("||") || mark.contains("::") { isFirstEnding = false }
    if !isFirstEnding, bars.last != now { bars.append(now) }
    if let next = scanner.peek, ("1"..."4").contains(next) { startEnding(scanner.next() ?? "1") }
  }

  private mutating func startEnding(_ number: Character) {
    isFirstEnding = number == "1"
    tuplet = nil
  }

  /// Reads `>` or `<`: in `a>b` the first note is longer by half of its length, or by three
  /// quarters, and the second as much shorter.
  private mutating func readBroken(_ character: Character, _ scanner: inout ABCScanner) throws {
    var depth = 1
    while scanner.peek == character {
      depth += 1
      _ = scanner.next()
    }
    let whole = 1 << depth
    let (long, short) = (
      Factor(numerator: 2 * whole - 1, denominator: whole), Factor(numerator: 1, denominator: whole)
    )
    nextFactor = character == ">" ? short : long
    guard !isFirstEnding else { return }
    let former = now - lastStart
    let length = try scaled(former, character == ">" ? long : short)
    for index in last { notes[index].length = length }
    for index in lastTied.values { notes[index].length += length - former }
    now = lastStart + length
  }

  /// Reads what follows `(`: in `(3abc` three notes take the time of two.
  ///
  /// Without a number it is a slur.
  private mutating func readTuplet(_ scanner: inout ABCScanner) throws {
    guard let digit = scanner.peek?.wholeNumberValue else { return }
    guard let time = [2: 3, 3: 2, 4: 3, 6: 2, 8: 3][digit] else {
      throw ABCError("expected a tuplet of 2, 3, 4, 6 or 8 notes, found \(digit)")
    }
    _ = scanner.next()
    guard scanner.peek != ":" else { throw ABCError("expected a plain tuplet, found (\(digit):") }
    tuplet = (digit, Factor(numerator: time, denominator: digit))
  }
}
