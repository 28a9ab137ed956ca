/// Takes a prompt apart into texts, changes and alternations.
struct ScheduleParser {
  private static let deepest = 100

  private let text: PromptText
  private var depth = 0
  /// What was found at brackets before, so that no bracket is read twice.
  private var known: [Int: (parts: [SchedulePart], end: Int)?] = [:]

  init(_ text: String) {
    self.text = PromptText(text)
  }

  private func scalar(at place: Int) -> Unicode.Scalar? {
    place < text.scalars.count ? text.scalars[place] : nil
  }

  /// The parts of the whole prompt; nothing if it is not of this syntax.
  mutating func parse() throws(PromptError) -> [SchedulePart]? {
    var parts: [SchedulePart] = []
    var place = 0
    while let next = scalar(at: place) {
      let run = try run(from: place)
      parts += run.parts
      if run.end > place {
        place = run.end
      } else if "[]():".unicodeScalars.contains(next) {
        parts.append(.text(String(next)))
        place += 1
      } else {
        return nil
      }
    }
    return parts
  }

  /// Texts and whole brackets, as far as they go.
  private mutating func run(
    from start: Int
  ) throws(PromptError) -> (parts: [SchedulePart], end: Int) {
    var parts: [SchedulePart] = []
    var place = start
    while let next = scalar(at: place) {
      if next == "[" || next == "(" {
        guard let bracket = try bracket(at: place) else { break }
        parts += bracket.parts
        place = bracket.end
      } else {
        let end = plainEnd(from: place)
        guard end > place else { break }
        parts.append(.text(text[place..<end]))
        place = end
      }
    }
    return (parts, place)
  }

  /// Where a text without brackets, colons and bars ends; a backslash and what follows it are text.
  private func plainEnd(from start: Int) -> Int {
    var place = start
    while let next = scalar(at: place) {
      if next == "\\" {
        guard let escaped = scalar(at: place + 1), escaped != "\n" else { break }
        place += 2
      } else if "[]():|".unicodeScalars.contains(next) {
        break
      } else {
        place += 1
      }
    }
    return place
  }

  /// What is from a bracket to its partner; nothing if that is not of this syntax.
  private mutating func bracket(
    at start: Int
  ) throws(PromptError) -> (parts: [SchedulePart], end: Int)? {
    if let found = known[start] { return found }
    guard depth < Self.deepest else {
      throw text.error(.tooDeep(limit: Self.deepest), at: start)
    }
    depth += 1
    defer { depth -= 1 }
    let found = try newBracket(at: start)
    known[start] = .some(found)
    return found
  }

  private mutating func newBracket(
    at start: Int
  ) throws(PromptError) -> (parts: [SchedulePart], end: Int)? {
    let isRound = text.scalars[start] == "("
    var items: [[SchedulePart]] = []
    var separators: Set<Unicode.Scalar> = []
    var place = start + 1
    while true {
      let run = try run(from: place)
      items.append(run.parts)
      guard let next = scalar(at: run.end) else { return nil }
      if next == (isRound ? ")" : "]") {
        let last = text.scalars[place..<run.end]
        let parts =
          isRound ? emphasis(items, separators) : change(items, separators, last: last)
        return parts.map { ($0, run.end + 1) }
      }
      guard next == ":" || next == "|" else { return nil }
      separators.insert(next)
      place = run.end + 1
    }
  }

  /// `(a)` and `(a:b)` are text for this syntax, but what is within them may change.
  private func emphasis(
    _ items: [[SchedulePart]], _ separators: Set<Unicode.Scalar>
  ) -> [SchedulePart]? {
    guard items.count <= 2, !separators.contains("|") else { return nil }
    return [.text("(")] + items.joined(separator: [.text(":")]) + [.text(")")]
  }

  private func change(
    _ items: [[SchedulePart]], _ separators: Set<Unicode.Scalar>,
    last: ArraySlice<Unicode.Scalar>
  ) -> [SchedulePart]? {
    switch (items.count, separators) {
    case (1, _): return [.text("[")] + items[0] + [.text("]")]
    case (_, ["|"]): return [.alternation(items)]
    case (2...3, [":"]):
      guard let when = ScheduleTime(last) else { return nil }
      let before = items.count == 3 ? items[0] : []
      return [.change(before: before, after: items[items.count - 2], when: when)]
    default: return nil
    }
  }
}
