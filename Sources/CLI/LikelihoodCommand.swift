internal import ArgumentParser
internal import Foundation
internal import Inkwell

/// `inkwell likelihood`: measures how likely held-out pictures are to a model.
struct LikelihoodCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "likelihood",
    abstract: "Measures how likely held-out pictures are to a model, in bits a number.",
    discussion: """
      The probability flow is followed from each picture to noise, with Hutchinson's estimate of \
      the trace.
      """)

  @Argument(help: "The folder of a trained model of pixels.", completion: .directory)
  var model: String

  @Option(help: "The folder of pictures, held-out ones included.", completion: .directory)
  var data: String

  @Option(help: "The most pictures.")
  var pictures = 48

  @Option(help: "The random directions of the estimate of the trace.")
  var probes = 1

  @Option(help: "The solver's tolerance.")
  var tolerance = 1e-4

  @Option(help: "The seed of all draws.")
  var seed: UInt64 = 0

  @OptionGroup var threads: Threads

  @Flag(help: "Say nothing of the progress.")
  var quiet = false

  func run() async throws {
    try await reportingFailures {
      threads.apply()
      var likelihood = Likelihood(model: model, data: data)
      likelihood.pictures = pictures
      likelihood.probes = probes
      likelihood.tolerance = tolerance
      likelihood.seed = seed
      let figures = try watched(quiet: quiet) { try likelihood(until: $0, report: $1) }
      print(figures)
    }
  }
}
