/// A prompt that changes from step to step, in the syntax of AUTOMATIC1111's web UI 1.10.
///
/// `[from:to:when]` changes at a step, `[to:when]` adds and `[from::when]` removes; `when` is a step,
/// or a part of all steps if it has a point; `[a|b]` alternates at every step. They may be nested.
/// What does not parse is text, as in the web UI: a lone `|` makes the whole prompt plain.
public struct PromptSchedule: Sendable, Hashable {
  /// A text and the last of the steps that it holds for.
  public struct Span: Sendable, Hashable {
    /// The last step, from 1.
    public let lastStep: Int
    /// The prompt until then.
    public let text: String
  }

  /// The texts, in the order of the steps; the last one ends with the last step.
  public let spans: [Span]

  /// Reads a prompt.
  ///
  /// - Parameters:
  ///   - text: Any text.
  ///   - steps: The steps of a run; at least 1.
  ///   - earlierSteps: The steps of a run before it, of which this one is the second at a higher
  ///     resolution. A `when` without a point then counts from the first step of both, and one with
  ///     a point from 1.0.
  /// - Throws: `PromptError` for brackets within a hundred others.
  public init(_ text: String, steps: Int, after earlierSteps: Int? = nil) throws(PromptError) {
    precondition(steps >= 1, "a run has at least one step")
    var parser = ScheduleParser(text)
    guard let parts = try parser.parse() else {
      spans = [Span(lastStep: steps, text: text)]
      return
    }
    let clock = ScheduleClock(steps: steps, earlierSteps: earlierSteps)
    var ends: Set<Int> = [steps]
    for part in parts { part.collectEnds(clock, into: &ends) }
    spans = ends.sorted().map { step in
      Span(lastStep: step, text: parts.map { $0.text(at: step, clock) }.joined())
    }
  }

  /// The prompt at a step.
  ///
  /// - Parameter step: From 1 to the number of steps.
  /// - Returns: The text of the span that the step is in.
  public func text(at step: Int) -> String {
    let span = spans.first { step <= $0.lastStep }
    precondition(step >= 1 && span != nil, "step \(step) is none of the schedule's")
    return span?.text ?? ""
  }
}

/// What a `when` means in a run.
private struct ScheduleClock {
  let steps: Int
  let earlierSteps: Int?

  /// The last step before the change: at most the last one of all, and 0 or less for none.
  func step(_ when: ScheduleTime) -> Int {
    let isPart = when.hasPoint
    let value =
      isPart
      ? (when.value - (earlierSteps == nil ? 0 : 1)) * Double(steps)
      : when.value - Double(earlierSteps ?? 0)
    return Int(min(max(value, -1), Double(steps)))
  }
}

/// A number of a schedule, as it is written.
private struct ScheduleTime {
  let value: Double
  let hasPoint: Bool

  /// A number with white space around it, or nothing.
  init?(_ text: ArraySlice<Unicode.Scalar>) {
    let number = text.trimmed()
    var digits = number.first.map { $0 == "+" || $0 == "-" } == true ? number.dropFirst() : number
    let exponent = digits.firstIndex { $0 == "e" || $0 == "E" }
    if let exponent {
      let sign = digits[(exponent + 1)...].prefix(1).filter { $0 == "+" || $0 == "-" }
      let power = digits[(exponent + 1 + sign.count)...]
      guard !power.isEmpty, power.allSatisfy({ "0"..."9" ~= $0 }) else { return nil }
      digits = digits[..<exponent]
    }
    let points = digits.filter { $0 == "." }.count
    guard points <= 1, digits.count > points,
      digits.allSatisfy({ "0"..."9" ~= $0 || $0 == "." }),
      let value = Double(String(String.UnicodeScalarView(number)))
    else { return nil }
    self.value = value
    hasPoint = points == 1
  }
}

/// A part of a prompt that changes in its own way.
private indirect enum SchedulePart {
  case text(String)
  case change(before: [SchedulePart], after: [SchedulePart], when: ScheduleTime)
  case alternation([[SchedulePart]])

  func text(at step: Int, _ clock: ScheduleClock) -> String {
    switch self {
    case .text(let text): text
    case .change(let before, let after, let when):
      (step <= clock.step(when) ? before : after).map { $0.text(at: step, clock) }.joined()
    case .alternation(let choices):
      choices[(step - 1) % choices.count].map { $0.text(at: step, clock) }.joined()
    }
  }

  func collectEnds(_ clock: ScheduleClock, into ends: inout Set<Int>) {
    switch self {
    case .text: break
    case .change(let before, let after, let when):
      if clock.step(when) >= 1 { ends.insert(clock.step(when)) }
      for part in before + after { part.collectEnds(clock, into: &ends) }
    case .alternation(let choices):
      ends.formUnion(1...clock.steps)
      for part in choices.joined() { part.collectEnds(clock, into: &ends) }
    }
  }
}

/// Takes a prompt apart into texts, changes and alternations.
private struct ScheduleParser {
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
