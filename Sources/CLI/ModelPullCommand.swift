internal import ArgumentParser
internal import Foundation
internal import Inkwell

/// `inkwell model pull`: brings a model from a hub.
struct ModelPullCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pull",
    abstract: "Brings a model from Hugging Face's hub, or one like it, into the shared cache.",
    discussion: """
      Prints the folder of its files. What was fetched before, by Inkwell or another tool, is not \
      fetched again; a pull that was cut off goes on. Every byte is checked. HF_ENDPOINT, HF_HOME, \
      HF_HUB_CACHE, HF_TOKEN and HF_TOKEN_PATH mean what they mean to Hugging Face's own tools.
      """)

  @Argument(help: "The model, OWNER/NAME.")
  var model: String

  @Option(help: "A branch, a tag or a commit.")
  var revision = "main"

  @Option(help: "Only files that fit this pattern, such as 'unet/*'; may be given several times.")
  var include: [String] = []

  @Option(help: "No files that fit this pattern; may be given several times.")
  var exclude: [String] = []

  @Flag(help: "Do not say which file is being fetched.")
  var quiet = false

  func run() async throws {
    try await reportingFailures {
      var pull = PullModel(repository: model)
      pull.revision = revision
      pull.include = include
      pull.exclude = exclude
      let isQuiet = quiet
      let folder = try await pull(
        environment: ProcessInfo.processInfo.environment, home: URL.homeDirectory
      ) { step in
        guard !isQuiet, step.bytes == step.size else { return }
        FileHandle.standardError.write(Data("\(step.file): \(step.size) bytes\n".utf8))
      }
      print(folder.path(percentEncoded: false))
    }
  }
}
