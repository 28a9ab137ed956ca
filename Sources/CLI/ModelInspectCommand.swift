internal import ArgumentParser
internal import Foundation
internal import Inkwell

/// `inkwell model inspect`: says what a file of weights is.
struct ModelInspectCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "Says what a file of weights, or a folder of them, is.",
    discussion: """
      The format, the family of models, the precision, what is missing and what is unknown, and the \
      memory that the weights need. Only names and shapes are read, so it takes no time, and nothing \
      that a .ckpt says is ever run.
      """)

  @Argument(
    help: "A safetensors, GGUF or .ckpt file, an index of shards, or a folder of them.",
    completion: .file())
  var path: String

  @Flag(help: "Print what is found as JSON.")
  var json = false

  func run() async throws {
    try await reportingFailures {
      let report = try InspectModel(path: path)()
      if json { try printJSON(report) } else { print(report) }
    }
  }
}
