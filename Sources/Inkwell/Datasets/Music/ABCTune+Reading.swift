extension ABCTune {
  /// Reads a tune of one voice that stays in its key and metre.
  ///
  /// First endings are left out and repeats are not played twice, so that what follows in the
  /// notes follows in the tune. Grace notes, chord symbols and ornaments are passed over.
  /// - Throws: ``ABCError`` for what is not understood, or would change key or metre.
  init(_ entry: ABCBook.Entry) throws {
    func field(_ letter: Character) -> String? { entry.fields[letter].map(Self.unquoted) }
    guard let key = ABCKey(abc: field("K") ?? "") else {
      throw ABCError("K: expected a key, found \"\(field("K") ?? "")\"")
    }
    guard let meter = Meter(abc: field("M") ?? "") else {
      throw ABCError("M: expected a metre, found \"\(field("M") ?? "")\"")
    }
    let unit = try field("L").map(Self.unit) ?? meter.usualUnit
    var music = ABCMusic(key: key, unit: unit)
    for line in entry.music { try music.read(line) }
    guard let last = music.notes.last, last.start < music.now else {
      throw ABCError("expected music, found none")
    }
    number = field("X") ?? ""
    title = field("T") ?? ""
    rhythm = field("R").flatMap { $0.isEmpty ? nil : $0.lowercased() }
    self.meter = meter
    self.key = key
    notes = music.notes
    bars = music.bars
    length = music.now
  }

  private static func unquoted(_ text: String) -> String {
    text.count > 1 && text.hasPrefix("\"") && text.hasSuffix("\"")
      ? String(text.dropFirst().dropLast()) : text
  }

  private static func unit(_ text: String) throws -> Int {
    let parts = text.split(separator: "/").map { Int(String($0).trimmed) }
    guard parts.count == 2, parts[0] == 1, let part = parts[1], [2, 4, 8, 16, 32].contains(part)
    else { throw ABCError("L: expected a length such as 1/8, found \"\(text)\"") }
    return ticksPerWhole / part
  }
}

extension ABCTune.Meter {
  /// Reads the value of a field `M:`: `6/8`, `C` or `C|`.
  init?(abc field: String) {
    switch field {
    case "C": self.init(numerator: 4, denominator: 4)
    case "C|": self.init(numerator: 2, denominator: 2, isCut: true)
    default:
      let parts = field.split(separator: "/").map { Int(String($0).trimmed) }
      guard parts.count == 2, let numerator = parts[0], let denominator = parts[1],
        (1...24).contains(numerator), [2, 4, 8, 16].contains(denominator)
      else { return nil }
      self.init(numerator: numerator, denominator: denominator)
    }
  }

  /// What a note is long where no field says it: a semiquaver in short bars, else a quaver.
  var usualUnit: Int {
    let isShort = 4 * numerator < 3 * denominator
    return ABCTune.ticksPerWhole / (isShort ? 16 : 8)
  }
}
