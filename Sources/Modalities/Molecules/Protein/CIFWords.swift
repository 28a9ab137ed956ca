/// A word of a CIF file.
struct CIFWord {
  enum Kind {
    /// `data_…`, the beginning of a block.
    case block
    /// `loop_`, the beginning of a table.
    case loop
    /// `_category.column`.
    case name
    /// Anything else.
    case value
  }

  let kind: Kind
  let text: String
  /// Whether it stands without quotes.
  let isBare: Bool
  /// Its line, counted from 1.
  let line: Int

  fileprivate init(bare text: String, line: Int) {
    (self.text, self.line, isBare) = (text, line, true)
    switch text.lowercased() {
    case "loop_": kind = .loop
    case let name where name.hasPrefix("data_"): kind = .block
    case let name where name.hasPrefix("_"): kind = .name
    default: kind = .value
    }
  }

  fileprivate init(quoted text: String, line: Int) {
    (self.text, self.line, kind, isBare) = (text, line, .value, false)
  }

  func misfit(_ expected: String, found: CIFWord?, _ source: String) -> ProteinError {
    .line(
      source: source, number: found?.line ?? line, expected: expected,
      found: found.map { "\"\($0.text.prefix(40))\"" } ?? "the end of the file")
  }
}

/// The words of a CIF file, one after the other.
struct CIFWords {
  /// The word that `next()` gives.
  private(set) var following: CIFWord?
  private let bytes: [UInt8]
  private let source: String
  private var place = 0
  private var line = 1

  init(_ bytes: [UInt8], source: String) throws(ProteinError) {
    (self.bytes, self.source) = (bytes, source)
    following = try read()
  }

  /// The next word; none at the end.
  mutating func next() throws(ProteinError) -> CIFWord? {
    let word = following
    if word != nil { following = try read() }
    return word
  }

  private static func isSpace(_ byte: UInt8) -> Bool { byte <= 32 }

  private mutating func read() throws(ProteinError) -> CIFWord? {
    while place < bytes.count {
      let byte = bytes[place]
      if Self.isSpace(byte) {
        step()
      } else if byte == UInt8(ascii: "#") {
        while place < bytes.count, bytes[place] != UInt8(ascii: "\n") { place += 1 }
      } else if byte == UInt8(ascii: ";"), isAtStartOfLine {
        return try readText()
      } else if byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\"") {
        return try readQuoted(byte)
      } else {
        let start = place
        while place < bytes.count, !Self.isSpace(bytes[place]) { place += 1 }
        return CIFWord(bare: text(start..<place), line: line)
      }
    }
    return nil
  }

  private var isAtStartOfLine: Bool { place == 0 || bytes[place - 1] == UInt8(ascii: "\n") }

  private mutating func step() {
    if bytes[place] == UInt8(ascii: "\n") { line += 1 }
    place += 1
  }

  /// A text of lines between two that begin with `;`.
  private mutating func readText() throws(ProteinError) -> CIFWord {
    let (first, start) = (line, place + 1)
    step()
    while place < bytes.count {
      if bytes[place] == UInt8(ascii: ";"), isAtStartOfLine {
        defer { place += 1 }
        return CIFWord(quoted: text(start..<place), line: first)
      }
      step()
    }
    throw .line(
      source: source, number: first, expected: "a text that ends with a line of ;",
      found: "the end of the file")
  }

  /// A text to the quote that a space follows, on one line.
  private mutating func readQuoted(_ quote: UInt8) throws(ProteinError) -> CIFWord {
    let start = place + 1
    place += 1
    while place < bytes.count, bytes[place] != UInt8(ascii: "\n") {
      let isLast = place + 1 == bytes.count || Self.isSpace(bytes[place + 1])
      if bytes[place] == quote, isLast {
        defer { place += 1 }
        return CIFWord(quoted: text(start..<place), line: line)
      }
      place += 1
    }
    throw .line(
      source: source, number: line, expected: "a text that ends with its quote",
      found: "the end of the line")
  }

  private func text(_ range: Range<Int>) -> String {
    String(decoding: bytes[range], as: UTF8.self)
  }
}
