internal import Foundation

/// The smallest pieces of compel's syntax: where each ends, if it is at a place.
///
/// White space before a piece is passed over, as pyparsing does, unless its method says otherwise.
struct CompelReader {
  let text: PromptText

  private static let syntax = Array("()\",.+-=".unicodeScalars)

  func scalar(_ place: Int) -> Unicode.Scalar? {
    place < text.scalars.count ? text.scalars[place] : nil
  }

  func isSpace(_ place: Int) -> Bool {
    scalar(place).map { " \n\t\r".unicodeScalars.contains($0) } == true
  }

  func skipped(_ place: Int) -> Int {
    var place = place
    while isSpace(place) { place += 1 }
    return place
  }

  func literal(_ word: String, at place: Int) -> Int? {
    let start = skipped(place)
    let word = Array(word.unicodeScalars)
    return text.scalars[min(start, text.scalars.count)...].starts(with: word)
      ? start + word.count : nil
  }

  /// As many as there are, at least one, of the characters that a rule allows.
  func run(at place: Int, where rule: (Unicode.Scalar) -> Bool) -> (text: String, end: Int)? {
    let start = skipped(place)
    var end = start
    while let next = scalar(end), rule(next) { end += 1 }
    return end > start ? (text[start..<end], end) : nil
  }

  /// The name of an option or an adapter.
  func keyword(at place: Int) -> (text: String, end: Int)? {
    run(at: place) {
      Self.isDigit($0) || "_-".unicodeScalars.contains($0)
        || $0.isASCII && $0.properties.isAlphabetic
    }
  }

  /// A number with or without a point; only one with a point may have a plus.
  func number(at place: Int) -> (value: Double, end: Int)? {
    let start = skipped(place)
    let digits = scalar(start).map { $0 == "-" || $0 == "+" } == true ? start + 1 : start
    let whole = digitsEnd(from: digits)
    if scalar(whole) == "." {
      let end = digitsEnd(from: whole + 1)
      if end - digits > 1 { return Double(text[start..<end]).map { ($0, end) } }
    }
    guard whole > digits, scalar(start) != "+" else { return nil }
    return Double(text[start..<whole]).map { ($0, whole) }
  }

  private func digitsEnd(from start: Int) -> Int {
    var end = start
    while let next = scalar(end), Self.isDigit(next) { end += 1 }
    return end
  }

  /// `+`s or `-`s, each of which weighs once more.
  func signs(at place: Int) -> (value: Double, end: Int)? {
    for (sign, base) in [("+", 1.1), ("-", 0.9)] as [(Unicode.Scalar, Double)] {
      guard let found = run(at: place, where: { $0 == sign }) else { continue }
      return (pow(base, Double(found.text.count)), found.end)
    }
    return nil
  }

  /// Signs or a number.
  func weight(at place: Int) -> (value: Double, end: Int)? {
    signs(at: place) ?? number(at: place)
  }

  /// A comma or a point.
  func mark(at place: Int) -> (text: String, end: Int)? {
    literal(",", at: place).map { (",", $0) } ?? literal(".", at: place).map { (".", $0) }
  }

  /// `withLora(name, weight)`, or `useLora`.
  func adapter(at place: Int) -> (value: CompelPrompt.Adapter, end: Int)? {
    guard let name = literal("useLora", at: place) ?? literal("withLora", at: place),
      let open = literal("(", at: name), let keyword = keyword(at: open)
    else { return nil }
    let weight = literal(",", at: keyword.end).flatMap { number(at: $0) }
    return literal(")", at: weight?.end ?? keyword.end).map {
      (CompelPrompt.Adapter(name: keyword.text, weight: weight?.value ?? 1), $0)
    }
  }

  /// Weights and flags between commas; of `name=value` the name alone.
  func options(at start: Int) -> (values: [String], end: Int) {
    var values: [String] = []
    var end = start
    var place = start
    while true {
      if let name = keyword(at: place), let equals = literal("=", at: name.end),
        let value = number(at: equals)?.end ?? keyword(at: equals)?.end
      {
        values.append(name.text)
        end = value
      } else if let weight = number(at: place) {
        values.append("\(weight.value)")
        end = weight.end
      } else if let name = keyword(at: place) {
        values.append(name.text)
        end = name.end
      } else {
        return (values, end)
      }
      guard let next = literal(",", at: end) else { return (values, end) }
      place = next
    }
  }

  /// A word without any syntax but what a backslash has made text.
  func word(at place: Int) -> (text: String, end: Int)? {
    let start = skipped(place)
    var end = start
    while let next = scalar(end) {
      if next == "\\", let escaped = scalar(end + 1), Self.syntax.contains(escaped) {
        end += 2
      } else if next == "-" || next == "+" {
        guard let after = scalar(end + 1), !isSpace(end + 1), !Self.syntax.contains(after) else {
          break
        }
        end += 1
      } else if !Self.syntax.contains(next) && !Self.isWhiteSpace(next) {
        end += 1
      } else {
        break
      }
    }
    return end > start ? (text[start..<end], end) : nil
  }

  /// A word of anything up to white space.
  func freeWord(at place: Int) -> (text: String, end: Int)? {
    run(at: place) { !Self.isWhiteSpace($0) }
  }

  /// What is between double quotes on one line, where a backslash makes a quote text.
  func quoted(at place: Int) -> (text: String, end: Int)? {
    guard let start = literal("\"", at: place) else { return nil }
    var end = start
    var lastEscaped: Int?
    while let next = scalar(end), next != "\"", next != "\n", next != "\r" {
      if next == "\\", scalar(end + 1) == "\"" {
        lastEscaped = end + 1
        end += 2
      } else {
        end += 1
      }
    }
    // Without another quote behind it, the last escaped one closes.
    guard let close = scalar(end) == "\"" ? end : lastEscaped else { return nil }
    return (text[start..<close], close + 1)
  }

  /// The content of quotes, with what a backslash stands for in it.
  static func unquoted(_ text: String) -> String {
    text.replacing("\\t", with: "\t").replacing("\\n", with: "\n").replacing("\\r", with: "\r")
      .replacing("\\f", with: "\u{C}").replacing("\\\"", with: "\"")
  }

  /// A text without a backslash before each bracket and quote.
  ///
  /// compel does this whenever it makes a fragment: as it reads, as it weighs and as it joins one,
  /// so that of several backslashes each takes one away.
  static func unescaped(_ text: String) -> String {
    text.replacing("\\(", with: "(").replacing("\\)", with: ")").replacing("\\\"", with: "\"")
  }

  static func isDigit(_ scalar: Unicode.Scalar) -> Bool { "0"..."9" ~= scalar }

  private static func isWhiteSpace(_ scalar: Unicode.Scalar) -> Bool {
    scalar == " " || "\t"..."\r" ~= scalar
  }
}
