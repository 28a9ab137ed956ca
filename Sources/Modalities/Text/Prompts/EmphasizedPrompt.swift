/// A prompt whose parts have weights, in the syntax of AUTOMATIC1111's web UI 1.10.
///
/// `(a)` weighs 1.1 times as much, `[a]` 1.1 times less, `(a:1.3)` 1.3 times, each times the weight
/// of the brackets around it; a backslash takes the meaning from a bracket; `BREAK` begins a new
/// chunk. What the web UI does with odd prompts happens here too: a bracket that is never closed
/// counts to the end, one that was never opened is text, and a `BREAK` within brackets that weigh
/// something is a word. ``problems`` says where that was.
public struct EmphasizedPrompt: Sendable, Hashable {
  /// A part of a prompt.
  public enum Part: Sendable, Hashable {
    /// A text, and by how much it counts.
    case text(String, weight: Double)
    /// Where a new chunk begins.
    case chunkEnd
  }

  /// The parts, in order; neighbours have different weights.
  public let parts: [Part]
  /// Brackets without a partner, which are no error to the web UI.
  public let problems: [PromptError]

  /// Reads a prompt.
  ///
  /// - Parameter text: Any text.
  /// - Throws: `PromptError` for a weight that is no number, such as `(a:1.2.3)`.
  public init(_ text: String) throws(PromptError) {
    var reader = EmphasisReader(text)
    try reader.read()
    problems = reader.problems
    parts = reader.merged.map { part in
      part.text == EmphasisReader.chunkEnd && part.weight == -1
        ? .chunkEnd : .text(part.text, weight: part.weight)
    }
  }

  /// A text in which nothing has a meaning, and all counts once.
  public init(literal text: String) {
    parts = [.text(text, weight: 1)]
    problems = []
  }
}

/// Goes through a prompt once, and weighs what is within brackets when they close.
private struct EmphasisReader {
  static let chunkEnd = "BREAK"
  private static let round = 1.1
  private static let square = 1 / 1.1

  private typealias Bracket = (part: Int, place: Int)

  private let text: PromptText
  private var place = 0
  private var parts: [(text: String, weight: Double)] = []
  private var roundBrackets: [Bracket] = []
  private var squareBrackets: [Bracket] = []
  private(set) var problems: [PromptError] = []

  init(_ text: String) {
    self.text = PromptText(text)
  }

  mutating func read() throws(PromptError) {
    while place < text.scalars.count {
      let start = place
      place += 1
      switch text.scalars[start] {
      case "\\": readEscape()
      case "(": roundBrackets.append((parts.count, start))
      case "[": squareBrackets.append((parts.count, start))
      case ")": close(roundBrackets.popLast(), by: Self.round, from: start)
      case "]": close(squareBrackets.popLast(), by: Self.square, from: start)
      case ":": try readColon(from: start)
      default:
        while place < text.scalars.count, !"\\()[]:".unicodeScalars.contains(text.scalars[place]) {
          place += 1
        }
        append(start..<place)
      }
    }
    for (brackets, weight) in [(roundBrackets, Self.round), (squareBrackets, Self.square)] {
      for bracket in brackets {
        scale(from: bracket.part, by: weight)
        problems.append(
          text.error(.unclosed(Character(text.scalars[bracket.place])), at: bracket.place))
      }
    }
    problems.sort { $0.position < $1.position }
  }

  /// The parts, those of equal weights joined with their neighbours.
  var merged: [(text: String, weight: Double)] {
    var merged: [(text: String, weight: Double)] = []
    for part in parts {
      if merged.last?.weight == part.weight {
        merged[merged.count - 1].text += part.text
      } else {
        merged.append(part)
      }
    }
    return merged.isEmpty ? [("", 1)] : merged
  }

  /// A backslash is gone, and a bracket or backslash behind it is text.
  private mutating func readEscape() {
    guard place < text.scalars.count, "\\()[]".unicodeScalars.contains(text.scalars[place]) else {
      return parts.append(("", 1))
    }
    parts.append((text[place..<place + 1], 1))
    place += 1
  }

  /// `:1.3)` closes a bracket with its weight; any other colon is text.
  private mutating func readColon(from start: Int) throws(PromptError) {
    let rest = text.scalars[place...].drop { $0.isPythonSpace }
    let sign = rest.prefix { $0 == "+" || $0 == "-" }.prefix(1)
    let digits = rest.dropFirst(sign.count).prefix { "0"..."9" ~= $0 || $0 == "." }
    let after = text.scalars[digits.endIndex...].drop { $0.isPythonSpace }
    guard !digits.isEmpty, after.first == ")" else { return append(start..<place) }
    place = after.startIndex + 1
    guard let bracket = roundBrackets.popLast() else {
      problems.append(text.error(.unopened(")"), at: after.startIndex))
      return append(start..<place)
    }
    let number = text[sign.startIndex..<digits.endIndex]
    guard let weight = Double(number) else {
      throw text.error(.weight(number), at: sign.startIndex)
    }
    scale(from: bracket.part, by: weight)
  }

  private mutating func close(_ bracket: Bracket?, by weight: Double, from start: Int) {
    guard let bracket else {
      problems.append(text.error(.unopened(Character(text.scalars[start])), at: start))
      return append(start..<place)
    }
    scale(from: bracket.part, by: weight)
  }

  private mutating func scale(from first: Int, by weight: Double) {
    for part in first..<parts.count { parts[part].weight *= weight }
  }

  /// Appends a text, in which `BREAK` and the white space around it end a chunk.
  private mutating func append(_ range: Range<Int>) {
    var start = range.lowerBound
    for word in text.scalars[range].places(of: Self.chunkEnd) {
      let before = text.scalars[start..<word.lowerBound].trimmed(leading: false)
      parts.append((text[before.startIndex..<before.endIndex], 1))
      parts.append((Self.chunkEnd, -1))
      start = text.scalars[word.upperBound..<range.upperBound].trimmed(trailing: false).startIndex
    }
    parts.append((text[start..<range.upperBound], 1))
  }
}
