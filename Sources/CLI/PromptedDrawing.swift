internal import ArgumentParser
internal import Foundation
internal import Inkwell

/// The options of the commands that begin with a picture.
struct PromptedDrawing: ParsableArguments {
  @Option(help: "A model's name (see `inkwell model list`), or the path of its folder.")
  var model = "inkwell-emoji"

  @Option(help: "How many pictures.")
  var count = 1

  @Option(help: "The seed of the first picture; each next one has the next (default: at random).")
  var seed: UInt64?

  @OptionGroup(title: "How to draw") var drawing: GenerateCommand.Drawing

  @OptionGroup(title: "How much at a time") var work: Work

  @OptionGroup(title: "Where to, and what to say") var writing: Writing

  /// Makes the pictures of a prompt.
  ///
  /// - Parameters:
  ///   - prompt: The prompt.
  ///   - describe: Adds what is drawn of which picture.
  func run(
    _ prompt: String, _ describe: (Generate.Request) throws -> Redraw.Request
  ) async throws {
    try await reportingFailures {
      let request = try describe(
        Generate.Request(
          prompts: [prompt], model: model, count: count, seed: seed, options: drawing.options))
      let files = try OutputPattern(writing.output).files(for: request)
      try OutputPattern.check(files, replacing: writing.force)
      let redraw = Redraw(batchSize: work.batch, threads: work.threads.count)
      let stop = StopSignal()
      let interrupts = Interrupts()
      interrupts.onInterrupt { stop.request() }
      try await PictureReporter(files: files, style: writing.style)(redraw(request, until: stop))
    }
  }
}
