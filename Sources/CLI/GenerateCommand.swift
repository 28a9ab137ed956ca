internal import ArgumentParser
internal import Foundation
internal import Inkwell

/// `inkwell generate`: makes pictures of prompts.
struct GenerateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "generate",
    abstract: "Makes pictures of prompts.",
    discussion: """
      inkwell generate "a slice of watermelon"
      inkwell generate "red apple" "green apple" --count 4 --output apples/
      inkwell generate --file prompts.txt --seed 1 --output "{index}-{prompt}.png" --json

      The names of the pictures go to standard output, everything else to standard error. Each \
      picture carries how it was made: see `inkwell regenerate`.

      Exit codes: 0 all pictures are made, 1 the run failed, 2 not enough memory, 3 a model or a \
      file is not sound, 64 wrong usage, 130 interrupted.
      """)

  @Argument(help: "What to draw; quote each prompt.")
  var prompts: [String] = []

  @Option(
    name: .customLong("file"),
    help: "A file with a prompt in each line; - is standard input.", completion: .file())
  var promptFile: String?

  @Option(
    help: """
      A picture whose prompt, seed, size and settings to take, but for those that are given here: \
      one of Inkwell, AUTOMATIC1111's web UI, ComfyUI, InvokeAI or NovelAI.
      """, completion: .file())
  var like: String?

  @OptionGroup var pictures: PromptedDrawing

  func validate() throws {
    guard !prompts.isEmpty || promptFile != nil || like != nil else {
      throw ValidationError(
        "Give a prompt, a file of prompts with --file, or a picture with --like.")
    }
  }

  func run() async throws {
    try await reportingFailures {
      let all = prompts + (try promptFile.map(Self.prompts(in:)) ?? [])
      let task = Generate(pictures.workshop)
      try await pictures.write(try pictures.request(all, like: like)) { task($0, until: $1) }
    }
  }

  /// The prompts of a file or of standard input.
  private static func prompts(in path: String) throws -> [String] {
    guard path == "-" else { return try PromptLines(contentsOf: URL(filePath: path)).prompts }
    let bytes = try FileHandle.standardInput.readToEnd() ?? Data()
    return try PromptLines(bytes, file: "standard input").prompts
  }
}

/// Where pictures are written, and what is said meanwhile.
struct Writing: ParsableArguments {
  @Option(
    help: """
      A PNG file, a folder, or a name with {prompt}, {seed} or {index} in it (default: \
      {prompt}-{seed}.png).
      """, completion: .file())
  var output: String?

  @Flag(help: "Replace files that are there.")
  var force = false

  @Flag(help: "Print a line of JSON for each picture.")
  var json = false

  @Flag(help: "Say nothing but errors.")
  var quiet = false

  @Flag(name: .customLong("no-preview"), help: "Show no unfinished pictures in the terminal.")
  var noPreview = false

  var style: PictureReporter.Style {
    PictureReporter.Style(json: json, quiet: quiet, preview: !noPreview)
  }
}
