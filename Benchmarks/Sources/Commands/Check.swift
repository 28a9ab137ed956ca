internal import ArgumentParser
internal import Foundation
internal import Torch

/// The short form for continuous integration: ratios of what Inkwell takes to what LibTorch's plain
/// operations take, in the same run.
struct Check: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Fails if a network takes longer than LibTorch's plain operations allow.",
    discussion: """
      Needs no peers and no weights. The two sides of a ratio take turns, on one thread, and the \
      best turn of each counts, so that what else runs on the machine matters little. Limits are \
      ratios, never times. What is measured is the processor's time for this process.
      """)

  @Option(help: "The processor's time for each ratio, in seconds; ten turns are taken always.")
  var seconds = 5.0

  func run() throws {
    Machine.threads = 1
    let checks = try CheckedRatio.all()
    let found = try checks.map { check in
      let ratio = try check.measured(seconds: seconds)
      print(check.line(ratio))
      return (check, ratio)
    }
    let failed = found.filter { $0.1 > $0.0.limit }
    guard failed.isEmpty else {
      throw ValidationError(
        "above the limit: \(failed.map(\.0.name).joined(separator: "; "))")
    }
  }
}

/// A ratio with a limit.
struct CheckedRatio {
  let name: String
  /// The most that it may be: above what was measured, to leave room for other processors.
  let limit: Double
  /// What Inkwell does.
  let work: () throws -> Void
  /// What it is measured by.
  let measure: () throws -> Void

  /// The best turn of the work beside the best turn of its measure.
  ///
  /// - Parameters:
  ///   - seconds: How long turns are taken.
  ///   - turns: The turns that are taken always.
  ///   - time: How long something takes.
  /// - Returns: The ratio.
  /// - Throws: What the work or its measure throws.
  func measured(
    seconds: Double, turns: Int = 10,
    time: (_ body: () throws -> Void) throws -> Double = processorSeconds
  ) throws -> Double {
    try work()
    try measure()
    var best = (ours: Double.infinity, theirs: Double.infinity)
    var (turn, spent) = (0, 0.0)
    while turn < turns || spent < seconds {
      let times = (try time(work), try time(measure))
      best = (min(best.ours, times.0), min(best.theirs, times.1))
      (turn, spent) = (turn + 1, spent + times.0 + times.1)
    }
    return best.ours / best.theirs
  }

  /// The time for which the processor works for this process, not for others.
  static func processorSeconds(_ body: () throws -> Void) throws -> Double {
    func now() -> Double {
      var time = timespec()
      clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
      return Double(time.tv_sec) + 1e-9 * Double(time.tv_nsec)
    }
    let start = now()
    try body()
    return now() - start
  }

  /// A line for whoever reads.
  func line(_ ratio: Double) -> String {
    let verdict = ratio > limit ? "TOO MUCH" : "fine"
    return String(format: "%.2f of at most %.2f  \(verdict)  \(name)", ratio, limit)
  }
}
