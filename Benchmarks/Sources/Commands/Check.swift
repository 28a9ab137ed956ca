internal import ArgumentParser
internal import Foundation
internal import Torch

/// The short form for continuous integration: ratios of what Inkwell takes to what its products
/// take in plain LibTorch, in the same run.
struct Check: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Fails if a network takes much longer than its products alone in LibTorch.",
    discussion: """
      Needs no peers and no weights. The two sides of a ratio take turns, on one thread, and the \
      best turn of each counts, so that what else runs on the machine matters little. Limits are \
      ratios, never times.
      """)

  @Option(help: "The turns of each side.")
  var turns = 15

  func validate() throws {
    guard turns > 0 else { throw ValidationError("--turns: expected 1 or more, found \(turns)") }
  }

  func run() throws {
    Machine.threads = 1
    let checks = try CheckedRatio.all()
    let found = try checks.map { check in
      let ratio = try check.measured(turns: turns)
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
  /// The most that it may be: about 1.35 times what was measured where it was set.
  let limit: Double
  /// What Inkwell does.
  let work: () throws -> Void
  /// What it is measured by.
  let measure: () throws -> Void

  /// The best turn of the work beside the best turn of its measure.
  func measured(turns: Int) throws -> Double {
    try work()
    try measure()
    let clock = ContinuousClock()
    var (ours, theirs) = (Duration.seconds(1 << 20), Duration.seconds(1 << 20))
    for _ in 0..<turns {
      ours = min(ours, try clock.measure(work))
      theirs = min(theirs, try clock.measure(measure))
    }
    return ours / theirs
  }

  /// A line for whoever reads.
  func line(_ ratio: Double) -> String {
    let verdict = ratio > limit ? "TOO MUCH" : "fine"
    return String(format: "%.2f of at most %.2f  \(verdict)  \(name)", ratio, limit)
  }
}
