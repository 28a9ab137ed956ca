/// A prompt that changes from step to step, in the syntax of AUTOMATIC1111's web UI 1.10.
///
/// `[from:to:when]` changes at a step, `[to:when]` adds and `[from::when]` removes; `when` is a
/// step, or a part of all steps if it has a point; `[a|b]` alternates at every step. They may be
/// nested. What does not parse is text, as in the web UI: a lone `|` makes the whole prompt plain.
///
/// The web UI's grammar has two readings of some prompts with odd brackets, and its parser takes
/// one or the other from run to run; here it is always the one with the most brackets.
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
