import Foundation
import Testing

@testable import Inkwell

/// Tunes in ABC notation become the notes that a player reads there.
@Suite struct ABCTests {
  private func tune(
    _ music: String, key: String = "C", meter: String = "4/4", unit: String = "1/8"
  ) throws -> ABCTune {
    let book = ABCBook("X:1\nT:A tune\nM:\(meter)\nL:\(unit)\nK:\(key)\n\(music)\n")
    return try ABCTune(try #require(book.entries.first))
  }

  private let quaver = ABCTune.ticksPerWhole / 8

  private static let pitchCases: [(String, String, [Int])] = [
    ("C", "CDEFGABc", [60, 62, 64, 65, 67, 69, 71, 72]),
    ("D", "DEFGABcd", [62, 64, 66, 67, 69, 71, 73, 74]),
    ("Gm", "GABcdefg", [67, 69, 70, 72, 74, 75, 77, 79]),
    ("Amix", "ABcdefga", [69, 71, 73, 74, 76, 78, 79, 81]),
    ("C", "^FF|F_B=B", [66, 66, 65, 70, 71]),
    ("C", "C,C c c'", [48, 60, 72, 84]),
    ("C", "[CEG]z2G", [60, 64, 67, 67]),
    ("C", "{d}C\"Am\"D!trill!E ~F", [60, 62, 64, 65]),
  ]

  @Test("a key's signature, a bar's signs and octaves give the pitch", arguments: pitchCases)
  func pitches(key: String, music: String, expected: [Int]) throws {
    #expect(try tune(music, key: key).notes.map(\.pitch) == expected)
  }

  private static let lengthCases: [(String, [Double])] = [
    ("C2D/2E/F3/2", [2, 0.5, 0.5, 1.5]), ("C>D", [1.5, 0.5]), ("C<D", [0.5, 1.5]),
    ("C>>D", [1.75, 0.25]), ("(3CDE F", [2.0 / 3, 2.0 / 3, 2.0 / 3, 1]), ("C-C D", [2, 1]),
    ("C2-|C D", [3, 1]), ("(CD)E", [1, 1, 1]),
  ]

  @Test(
    "lengths are multiples of the unit, and marks between notes change them",
    arguments: lengthCases)
  func lengths(music: String, expected: [Double]) throws {
    let found = try tune(music).notes.map { Double($0.length) / Double(quaver) }
    #expect(found.count == expected.count)
    for (a, b) in zip(found, expected) { #expect(abs(a - b) < 1e-12) }
  }

  @Test("notes follow one another, and bars begin where they are drawn")
  func places() throws {
    let tune = try tune("G|C2D2 E4|z4 F4|]")
    #expect(tune.notes.map { $0.start / quaver } == [0, 1, 3, 5, 13])
    #expect(tune.bars.map { $0 / quaver } == [0, 1, 9, 17])
    #expect(tune.length == 17 * quaver)
  }

  @Test("the first ending is left out: what follows is what is heard the second time")
  func endings() throws {
    #expect(try tune("|:C4|1 D4:|2 E4||F4|").notes.map(\.pitch) == [60, 64, 65])
    #expect(try tune("|:C4|[1 D4:|[2 E4|]").notes.map(\.pitch) == [60, 64])
  }

  @Test(
    "a metre's beat",
    arguments: [
      ("6/8", 3), ("9/8", 3), ("C|", 4), ("C", 2), ("3/4", 2), ("2/4", 2), ("3/8", 1),
    ])
  func beats(meter: String, quavers: Int) throws {
    #expect(try #require(ABCTune.Meter(abc: meter)).beat == quavers * quaver)
  }

  @Test(
    "what is not understood, or would change key, metre or voice, is refused by name",
    arguments: [
      ("K:H\nC", "K: expected a key, found \"H\""),
      ("M:soon\nK:C\nC", "M: expected a metre, found \"soon\""),
      ("M:4/4\nL:3/8\nK:C\nC", "L: expected a length such as 1/8, found \"3/8\""),
      (
        "M:4/4\nK:C\nCDE\nK:G\nC",
        "expected one key, metre and voice, found a field K in the music"
      ),
      ("M:4/4\nK:C\nC?", "expected ABC, found \"?\""),
      ("M:4/4\nK:C\n|", "expected music, found none"),
      ("M:4/4\nK:C\nC/11", "expected a length of whole ticks, found 5040/11"),
      ("M:4/4\nK:C\nC/0", "expected a length of whole ticks, found 5040/0"),
      ("M:4/4\nK:C\n(5CDEFG", "expected a tuplet of 2, 3, 4, 6 or 8 notes, found 5"),
      ("M:4/4\nK:C\n(3:2:3CDE", "expected a plain tuplet, found (3:"),
      ("M:4/4\nK:C\nC & D", "expected one voice with its own bars, found &"),
      ("M:4/4\nK:C\n^", "expected a note after a sign"),
      ("M:4/4\nK:C\n[C?]", "expected a note, found \"?\""),
    ])
  func refusals(fields: String, reason: String) throws {
    let entry = try #require(ABCBook("X:1\n\(fields)\n").entries.first)
    let error = #expect(throws: ABCError.self) { try ABCTune(entry) }
    // 5040 ticks are a quaver.
    #expect(error?.description == reason)
  }

  @Test("keys have names, and no more than seven accidentals")
  func keys() throws {
    let keys: [(String, String?, Int?)] = [
      ("G", "G major", 7), ("Em", "E minor", 4), ("A Mixolydian", "A mixolydian", 9),
      ("Bb", "B flat major", 10), ("F#dor", "F sharp dorian", 6), ("G#lyd", nil, nil),
      ("HP", nil, nil), ("Cfoo", nil, nil),
    ]
    for (field, name, tonic) in keys {
      let key = ABCKey(abc: field)
      #expect(key?.name == name)
      #expect(key?.pitchClass == tonic)
    }
  }

  @Test("a book's own lines, comments and words are not music")
  func book() throws {
    let book = ABCBook("a book\n% of tunes\nX:7\nT:One\nK:C\nCDE % tail\nw: la la\n\nX:8\nK:G\nG\n")
    #expect(book.entries.map(\.music) == [["CDE"], ["G"]])
    #expect(book.entries.map { $0.fields["X"] } == ["7", "8"])
  }
}
