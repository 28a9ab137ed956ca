internal import ArgumentParser
internal import Inkwell

/// `inkwell video`: makes a clip.
struct VideoCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "video",
    abstract: "Makes a clip of a prompt, of pictures, or of another clip.",
    discussion: """
      inkwell video "a troll attacks" --output troll.gif
      inkwell video "an elvish archer shoots" --first archer.png --output archer.mp4
      inkwell video "a troll dies" --extend troll.gif --output longer.gif
      inkwell video "a blue orc attacks" --from troll.gif --strength 0.7 --output orc.webm

      The clip is written as MP4, WebM, GIF or animated PNG (.apng or .png), as the name says, and \
      carries how it was made: see `inkwell regenerate`.

      Exit codes: 0 the clip is made, 1 the run failed, 2 not enough memory, 3 a model or a file is \
      not sound, 64 wrong usage, 130 interrupted.
      """)

  @Argument(help: "What happens in the clip.")
  var prompt = ""

  @Option(
    help: "The model's name, or the path of its folder; none of clips comes with the program yet.")
  var model = "inkwell-sprites"

  @Option(help: "What the noise depends on (default: at random).")
  var seed: UInt64?

  @OptionGroup(title: "What it is made of") var material: Material

  @OptionGroup(title: "How to draw") var drawing: Drawing

  @OptionGroup var result: ClipOutput

  /// What a clip is made of beside its prompt.
  struct Material: ParsableArguments {
    @Option(help: "A picture that the clip begins with.", completion: .file())
    var first: String?

    @Option(help: "A picture that the clip ends with.", completion: .file())
    var last: String?

    @Option(help: "A clip to go on with.", completion: .file())
    var extend: String?

    @Flag(help: "Make what happens before --extend.")
    var backward = false

    @Option(help: "A clip whose motion to keep.", completion: .file())
    var from: String?

    @Option(help: "How far to go from --from: above 0 up to 1 (default: 0.6).")
    var strength: Double?

    @Option(help: "A clip to show at twice the rate.", completion: .file())
    var between: String?

    func validate() throws {
      let kinds = [first ?? last, extend, from, between].compactMap { $0 }
      guard kinds.count <= 1 else {
        throw ValidationError("Give one of --first and --last, --extend, --from, or --between.")
      }
      guard extend != nil || !backward else { throw ValidationError("Give --extend too.") }
      guard from != nil || strength == nil else { throw ValidationError("Give --from too.") }
    }

    /// What is asked for.
    var source: GenerateVideo.Source {
      if let extend { return .extend(clip: extend, backward: backward) }
      if let from { return .remix(clip: from, strength: strength ?? 0.6) }
      if let between { return .between(clip: between) }
      return first == nil && last == nil ? .words : .ends(first: first, last: last)
    }
  }

  /// How a clip is made.
  struct Drawing: ParsableArguments {
    @Option(help: "Steps: more take longer and are more exact (default: the model's).")
    var steps: Int?

    @Option(help: "How closely to follow the prompt; 1 is off (default: the model's).")
    var guidance: Double?

    @Option(help: "What not to show.")
    var negative: String?

    @Option(help: "The sampler's name (default: the model's).")
    var sampler: String?
  }

  func run() async throws {
    try await reportingFailures {
      let request = try GenerateVideo.Request(
        prompt: prompt, model: model, seed: seed, source: material.source,
        options: GenerateVideo.Options(
          steps: drawing.steps, guidance: drawing.guidance, negative: drawing.negative,
          sampler: drawing.sampler))
      let task = GenerateVideo(threads: result.threads.count)
      try await result.write { task(request, until: $0) }
    }
  }
}
