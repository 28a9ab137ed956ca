/// The key of a tune: a tonic and a mode.
public struct ABCKey: Codable, Sendable, Hashable {
  /// The seven modes, each on the degree of the major scale that it begins at.
  public enum Mode: String, Codable, Sendable, CaseIterable {
    case major, dorian, phrygian, lydian, mixolydian, minor, locrian

    /// How many fifths the major key with the same signature lies above the tonic.
    var fifths: Int {
      switch self {
      case .lydian: 1
      case .major: 0
      case .mixolydian: -1
      case .dorian: -2
      case .minor: -3
      case .phrygian: -4
      case .locrian: -5
      }
    }

    /// The mode that a word of ABC names by its first three letters, or `m`.
    init?(abc word: String) {
      let word = word.lowercased()
      switch word == "m" ? "min" : String(word.prefix(3)) {
      case "", "maj", "ion": self = .major
      case "min", "aeo": self = .minor
      case "dor": self = .dorian
      case "phr": self = .phrygian
      case "lyd": self = .lydian
      case "mix": self = .mixolydian
      case "loc": self = .locrian
      default: return nil
      }
    }
  }

  /// The tonic's letter and its accidental: `D`, `F#`, `Bb`.
  public let tonic: String
  /// The mode.
  public let mode: Mode

  /// The letters in the order of fifths, from F.
  private static let letters = ["F", "C", "G", "D", "A", "E", "B"]

  /// Makes a key, if there is one of that tonic with at most seven accidentals.
  public init?(tonic: String, mode: Mode) {
    self.tonic = tonic
    self.mode = mode
    guard let signature, abs(signature) <= 7 else { return nil }
  }

  /// Reads the value of a field `K:`, such as `G`, `Em`, `A Mixolydian` or `F#dor`.
  ///
  /// Clefs and further accidentals are not read.
  /// - Parameter field: The value.
  public init?(abc field: String) {
    let text = field.filter { !$0.isWhitespace }
    guard let letter = text.first, "ABCDEFG".contains(letter) else { return nil }
    var rest = text.dropFirst()
    var tonic = String(letter)
    if let sign = rest.first, sign == "#" || sign == "b" {
      tonic.append(sign)
      rest = rest.dropFirst()
    }
    guard rest.allSatisfy(\.isLetter), let mode = Mode(abc: String(rest)) else { return nil }
    self.init(tonic: tonic, mode: mode)
  }

  /// Sharps in the signature, or flats below 0.
  private var signature: Int? {
    guard let letter = tonic.first, let place = Self.letters.firstIndex(of: String(letter)) else {
      return nil
    }
    let sign = tonic.dropFirst()
    guard ["", "#", "b"].contains(sign) else { return nil }
    return place - 1 + (sign == "#" ? 7 : sign == "b" ? -7 : 0) + mode.fifths
  }

  /// What the signature adds to a letter, in semitones: 1, 0 or -1.
  func accidental(of letter: Character) -> Int {
    guard let signature, let place = Self.letters.firstIndex(of: String(letter)) else { return 0 }
    if signature > place { return 1 }
    return signature < 0 && 7 + signature <= place ? -1 : 0
  }

  /// The tonic's pitch class, 0 (C) to 11 (B).
  public var pitchClass: Int {
    let classes: [Character: Int] = ["C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11]
    let natural = tonic.first.flatMap { classes[$0] } ?? 0
    let shift = tonic.dropFirst() == "#" ? 1 : tonic.dropFirst() == "b" ? -1 : 0
    return (natural + shift + 12) % 12
  }

  /// The key in words: "D major", "B flat dorian".
  public var name: String {
    let words = tonic.replacing("#", with: " sharp").replacing("b", with: " flat")
    return "\(words) \(mode.rawValue)"
  }
}
