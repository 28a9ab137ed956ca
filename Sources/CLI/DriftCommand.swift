internal import ArgumentParser
internal import Foundation
internal import Inkwell

/// `inkwell drift`: measures how far a model of a world drifts from its simulator.
struct DriftCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "drift",
    abstract: "Measures how far a model of a world drifts from its simulator.",
    discussion: """
      The model goes on with held-out drives by their own actions. For each number of frames \
      ahead: the error of its frames in 8-bit levels and that of the last frame that was given, \
      and the share of drives whose car is where the simulator has it, to a pixel, and where it \
      would be if it had stayed. Ranges hold the true number with 95 % confidence.
      """)

  @Option(help: "The model's name, or the path of its folder.")
  var model = "inkwell-street"

  @Option(help: "A folder that `inkwell synthesize` filled.", completion: .directory)
  var data: String

  @Option(help: "The most held-out drives to go on with.")
  var drives = 64

  @Option(help: "The seed of the first drive's noise.")
  var seed: UInt64 = 0

  @Flag(help: "Print the figures as JSON.")
  var json = false

  @OptionGroup var threads: Threads

  func run() async throws {
    try await reportingFailures {
      threads.apply()
      let line = ProgressLine(isQuiet: json)
      defer { line.clear() }
      let stop = StopSignal()
      let interrupts = Interrupts()
      interrupts.onInterrupt { stop.request() }
      let measure = MeasureDrift(model: model, data: data, drives: drives, seed: seed)
      let rows = try measure(until: stop) { line.show("drive \($0) of \($1)") }
      line.clear()
      if json {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        print(String(decoding: try encoder.encode(rows), as: UTF8.self))
      } else {
        print(MeasureDrift.table(rows))
      }
    }
  }
}
