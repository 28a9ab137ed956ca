/// What an evaluation tells while it runs.
public enum EvaluationReport: Sendable {
  /// A sentence.
  case note(String)
  /// How far a part is.
  case progress(EvaluationProgress)
}

/// How far a part of an evaluation is.
public struct EvaluationProgress: Sendable, Hashable {
  /// What is being done.
  public let activity: String
  /// What is done.
  public let done: Int
  /// All there is to do.
  public let all: Int
  /// The time until the part's end at this rate, in seconds.
  public let secondsToGo: Double
}

/// Counts what is done and tells it.
struct ProgressCounter {
  let activity: String
  let all: Int
  let report: (EvaluationReport) -> Void
  private let start = ContinuousClock.now
  private var done = 0

  init(_ activity: String, of all: Int, report: @escaping (EvaluationReport) -> Void) {
    self.activity = activity
    self.all = all
    self.report = report
  }

  mutating func add(_ count: Int) {
    done += count
    let elapsed = (ContinuousClock.now - start) / .seconds(1)
    report(
      .progress(
        EvaluationProgress(
          activity: activity, done: done, all: all,
          secondsToGo: elapsed / Double(max(done, 1)) * Double(all - done))))
  }
}
