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

  @Option(help: "A model's name (see `inkwell model list`), or the path of its folder.")
  var model = "inkwell-emoji"

  @Option(help: "Pictures of each prompt.")
  var count = 1

  @Option(help: "The seed of the first picture; each next one has the next (default: at random).")
  var seed: UInt64?

  @OptionGroup(title: "How to draw") var drawing: Drawing

  @OptionGroup(title: "How much at a time") var work: Work

  @OptionGroup(title: "Where to, and what to say") var writing: Writing

  /// How pictures are made.
  struct Drawing: ParsableArguments {
    @Option(help: "Steps: more take longer and are more exact (default: the model's).")
    var steps: Int?

    @Option(help: "How closely to follow the prompt; 1 is off (default: the model's).")
    var guidance: Double?

    @Option(help: "What not to draw.")
    var negative: String?

    @Option(help: "The sampler's name (default: the model's).")
    var sampler: String?

    @Option(
      help: """
        Which timesteps to visit, by name, such as karras (default: the model's). For models of a \
        chain of timesteps, as Stable Diffusion is.
        """)
    var spacing: String?

    @Option(
      help: """
        How much of the contrast that guidance adds to take away again, 0 to 1 (default: the \
        model's).
        """)
    var guidanceRescale: Double?

    @Option(
      help: """
        How many of the last layers of CLIP's text encoder to leave out (default: none). It is \
        diffusers' number, one less than in AUTOMATIC1111's web UI.
        """)
    var clipSkip: Int?

    @Option(
      help: """
        Width and height in pixels, such as 512 or 768x512 (default: the model's). Stable Diffusion \
        draws at any multiple of 8; a model of one size draws at its own, and is resampled from \
        that by Lanczos' kernel.
        """, transform: PictureSize.argument)
    var size: PictureSize?

    /// What is asked for.
    var options: Generate.Options {
      var options = Generate.Options(
        steps: steps, guidance: guidance, negative: negative, sampler: sampler, size: size)
      options.spacing = spacing
      options.guidanceRescale = guidanceRescale
      options.clipSkip = clipSkip
      return options
    }
  }

  func validate() throws {
    guard !prompts.isEmpty || promptFile != nil else {
      throw ValidationError("Give a prompt, or a file of prompts with --file.")
    }
  }

  func run() async throws {
    try await reportingFailures {
      let request = try Generate.Request(
        prompts: prompts + (try promptFile.map(Self.prompts(in:)) ?? []), model: model,
        count: count, seed: seed,
        options: drawing.options)
      let files = try OutputPattern(writing.output).files(for: request)
      try OutputPattern.check(files, replacing: writing.force)
      let generate = Generate(batchSize: work.batch, threads: work.threads.count)
      let stop = StopSignal()
      let interrupts = Interrupts()
      interrupts.onInterrupt { stop.request() }
      try await PictureReporter(files: files, style: writing.style)(generate(request, until: stop))
    }
  }

  /// The prompts of a file or of standard input.
  private static func prompts(in path: String) throws -> [String] {
    guard path == "-" else { return try PromptLines(contentsOf: URL(filePath: path)).prompts }
    let bytes = try FileHandle.standardInput.readToEnd() ?? Data()
    return try PromptLines(bytes, file: "standard input").prompts
  }
}

extension PictureSize {
  /// The size that an argument says.
  static func argument(_ text: String) throws -> PictureSize {
    guard let size = PictureSize(text) else {
      throw ValidationError("expected a size such as 512 or 768x512, found \"\(text)\"")
    }
    return size
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
