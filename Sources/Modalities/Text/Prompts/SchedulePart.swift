/// What a `when` means in a run.
struct ScheduleClock {
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
struct ScheduleTime {
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
indirect enum SchedulePart {
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
