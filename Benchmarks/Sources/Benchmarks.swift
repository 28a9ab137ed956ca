internal import ArgumentParser
internal import Foundation

/// Compares Inkwell with Python's libraries, in one run on one machine.
///
/// Every figure is the median of repeats that take turns with the peer's, each in a process of its
/// own.
@main
struct Benchmarks: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "benchmarks",
    abstract: "Compares Inkwell with PyTorch and diffusers.",
    subcommands: [
      Compare.self, Engines.self, Measure.self, MeasureUNet.self, SamplerSteps.self,
    ], defaultSubcommand: Compare.self)
}

/// Runs everything against the peer and prints a table.
struct Compare: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Runs every benchmark against Python and prints a table of ratios.",
    discussion: "Peers/requirements.txt lists what the Python needs.")

  @Option(help: "A Python with the peers' libraries.", completion: .file())
  var python = "python3"

  @Option(help: "The turns that each side takes.")
  var turns = 5

  @Option(help: "The threads of each side.")
  var threads = 2

  @Option(help: "Build of the program for the cold start.", completion: .file())
  var inkwell = ".build/release/inkwell"

  @Option(help: "The model for the steps and the cold start.", completion: .directory)
  var model = "Models/inkwell-emoji"

  func run() throws {
    var rows: [Row] = []
    for step in Step.allCases where step.isMeant {
      let names = [step.rawValue, "--model", model, "--threads", "\(threads)"]
      let (ours, theirs) = try alternate(
        [CommandLine.arguments[0], "measure"] + names,
        [python, "Benchmarks/Peers/steps.py"] + names, ownTime: false)
      rows.append(Row(step.title, ours: ours, peer: theirs, unit: step.unit))
    }
    let picture = FileManager.default.temporaryDirectory.appending(path: "benchmark.png").path(
      percentEncoded: false)
    let (ours, theirs) = try alternate(
      [
        inkwell, "generate", "red apple", "--model", model, "--output", picture, "--force",
        "--quiet", "--threads", "\(threads)",
      ],
      [python, "Benchmarks/Peers/cold_start.py", "--model", model, "--threads", "\(threads)"],
      ownTime: true)
    rows.append(
      Row("cold start to a written picture, 20 steps", ours: ours, peer: theirs, unit: .seconds))
    print(table(rows))
  }

  /// Both sides' results, measured in turns.
  private func alternate(
    _ ours: [String], _ theirs: [String], ownTime: Bool
  ) throws -> (ours: Result, peer: Result) {
    var results: (ours: [Child.Outcome], peer: [Child.Outcome]) = ([], [])
    for _ in 0..<turns {
      results.ours.append(try Child.run(ours))
      results.peer.append(try Child.run(theirs))
    }
    func summary(_ outcomes: [Child.Outcome]) throws -> Result {
      let numbers = try outcomes.map { ownTime ? $0.seconds : try $0.reportedNumber() }
      return Result(
        number: median(numbers), megabytes: median(outcomes.map(\.peakMegabytes)))
    }
    return (try summary(results.ours), try summary(results.peer))
  }
}

/// The median of some numbers.
func median(_ values: [Double]) -> Double {
  let sorted = values.sorted()
  let middle = sorted.count / 2
  return sorted.count.isMultiple(of: 2)
    ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[middle]
}
