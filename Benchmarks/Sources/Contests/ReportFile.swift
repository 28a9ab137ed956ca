internal import Evaluation
internal import Foundation

/// What was found so far, in a folder: a report, its numbers, and the plots with their tables.
///
/// They are written anew after each comparison: a run that is interrupted leaves what it has.
struct Report {
  let folder: URL
  let peak: Peak
  let head: String
  let missing: [String]
  private var outcomes: [Contest.Outcome] = []
  private var growth: [Growth] = []

  /// What was found, as it is kept for programs.
  private struct Results: Encodable {
    let head: String
    let peak: Peak
    let comparisons: [Contest.Outcome]
    let growth: [Growth]
  }

  init(folder: URL, peak: Peak, head: String, missing: [String]) {
    (self.folder, self.peak, self.head, self.missing) = (folder, peak, head, missing)
  }

  mutating func add(_ outcome: Contest.Outcome) throws {
    outcomes.append(outcome)
    try write()
  }

  mutating func add(_ outcome: Growth) throws {
    growth.append(outcome)
    try write()
    try Data(outcome.csv.utf8).write(to: folder.appending(path: "\(outcome.name).csv"))
    for (name, plot) in outcome.plots {
      try Data(plot.svg.utf8).write(to: folder.appending(path: name))
    }
  }

  private func write() throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try Data(markdown.utf8).write(to: folder.appending(path: "report.md"))
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    let results = Results(head: head, peak: peak, comparisons: outcomes, growth: growth)
    try encoder.encode(results).write(to: folder.appending(path: "results.json"))
  }

  /// The report.
  var markdown: String {
    let tables = outcomes.map { $0.markdown(peak: peak.rate(of: $0.precision)?.operations) }
    let files = growth.map(\.markdown)
    let absent = (Self.never + missing).map { "- \($0)\n" }.joined()
    return
      (["# Benchmarks\n", head + "\n"] + tables + files + ["### Not run\n", absent])
      .joined(separator: "\n")
  }

  /// What no run contains, and why.
  static let never = [
    "networks of peers in int8: OpenVINO's are calibrated by a library that is not installed",
    "stable-diffusion.cpp: PyPI has no build of it, only its source, and it runs no network alone",
    "whole pictures by OpenVINO and torch.compile: they run the networks of diffusers' pipelines, "
      + "which are compared alone",
  ]
}
