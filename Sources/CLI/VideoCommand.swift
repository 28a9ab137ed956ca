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
      inkwell video "a troll moves" --then "0.9:a troll attacks" --then "1.8:a troll dies" \
        --output story.mp4

      The clip is written as MP4, WebM, GIF or animated PNG (.apng or .png), as the name says, and \
      carries how it was made: see `inkwell regenerate`.

      Exit codes: 0 the clip is made, 1 the run failed, 2 not enough memory, 3 a model or a file is \
      not sound, 64 wrong usage, 130 interrupted.
      """)

  @Argument(help: "What happens in the clip.")
  var prompt = ""

  @Option(
    help: "The model's name (see `inkwell model list`), or the path of its folder.")
  var model = GenerateVideo.Request.standardModel

  @Option(help: "What the noise depends on (default: at random).")
  var seed: UInt64?

  @OptionGroup(title: "What it is made of") var material: Material

  @OptionGroup(title: "How to draw") var drawing: SamplingArguments

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

    @Option(help: "A clip that passes over into another.", completion: .file())
    var blend: String?

    @Option(help: "The clip that --blend passes over into.", completion: .file())
    var into: String?

    @Option(help: "A clip of which a region is made anew.", completion: .file())
    var inpaint: String?

    @Option(help: "The picture that is light where --inpaint is made anew.", completion: .file())
    var mask: String?

    @Option(help: "What happens from a time in seconds on, such as 0.9:a troll dies; any number.")
    var then: [String] = []

    func validate() throws {
      let kinds = [first ?? last, extend, from, between, blend, inpaint, then.first]
        .compactMap { $0 }
      guard kinds.count <= 1 else {
        throw ValidationError(
          "Give one of --first and --last, --extend, --from, --between, --blend, --inpaint, or "
            + "--then.")
      }
      guard (blend == nil) == (into == nil) else {
        throw ValidationError("--blend and --into go together.")
      }
      guard (inpaint == nil) == (mask == nil) else {
        throw ValidationError("--inpaint and --mask go together.")
      }
      _ = try beats()
      guard extend != nil || !backward else { throw ValidationError("Give --extend too.") }
      guard from != nil || strength == nil else { throw ValidationError("Give --from too.") }
    }

    private func beats() throws -> [GenerateVideo.Beat] {
      try then.map { text in
        let parts = text.split(separator: ":", maxSplits: 1)
        guard parts.count == 2, let seconds = Double(parts[0]) else {
          throw ValidationError(
            "--then: expected a time and a prompt, as in 0.9:a troll dies, found \"\(text)\".")
        }
        let prompt = parts[1].drop { $0.isWhitespace }
        return GenerateVideo.Beat(seconds: seconds, prompt: String(prompt))
      }
    }

    /// What is asked for.
    func source() throws -> GenerateVideo.Source {
      if let blend, let into { return .blend(first: blend, second: into) }
      if let inpaint, let mask { return .region(clip: inpaint, mask: mask) }
      if !then.isEmpty { return .timeline(try beats()) }
      if let extend { return .extend(clip: extend, backward: backward) }
      if let from { return .remix(clip: from, strength: strength ?? 0.6) }
      if let between { return .between(clip: between) }
      return first == nil && last == nil ? .words : .ends(first: first, last: last)
    }
  }

  func run() async throws {
    try await reportingFailures {
      let request = try GenerateVideo.Request(
        prompt: prompt, model: model, seed: seed, source: material.source(),
        options: drawing.options)
      let task = GenerateVideo(threads: result.threads.count)
      try await result.write { task(request, until: $0) }
    }
  }
}
