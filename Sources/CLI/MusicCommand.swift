internal import ArgumentParser
internal import Foundation
internal import Inkwell
internal import Modalities

/// `inkwell music`: makes music of prompts.
struct MusicCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "music",
    abstract: "Makes music of prompts, or of a sound and a prompt.",
    discussion: """
      inkwell music "a reel on the violin, 120 bpm, D major" --output reel.wav
      inkwell music "a jig on the flute" --count 4 --seconds 8 --output jigs/
      inkwell music "a reel on the piano" --from reel.wav --strength 0.6 --output piano.flac
      inkwell music "a reel on the piano" --melody sung.wav --output played.wav
      inkwell music "a reel on the violin" --continue reel.wav --seconds 4 --output longer.wav
      inkwell music "a reel on the violin" --inpaint reel.wav --span 1.0-1.8 --output other.wav
      inkwell music "a reel on the violin" --widen dull.wav --above 2000 --output bright.wav
      inkwell music "a reel on the violin" --denoise noisy.wav --snr 5 --output clean.wav

      Sounds are written as WAV, FLAC, Ogg Vorbis, Opus or MP3, as the name ends. The names go to \
      standard output, everything else to standard error. Each sound carries how it was made: see \
      `inkwell regenerate`.

      Exit codes: 0 all sounds are made, 1 the run failed, 2 not enough memory, 3 a model or a file \
      is not sound, 64 wrong usage, 130 interrupted.
      """)

  @Argument(help: "What is to be heard; quote each prompt.")
  var prompts: [String]

  @Option(
    help: "The model's name (see `inkwell model list`), or the path of its folder.")
  var model = Music.Request.standardModel

  @Option(help: "Sounds of each prompt.")
  var count = 1

  @Option(help: "The seed of the first sound; each next one has the next (default: at random).")
  var seed: UInt64?

  @Option(help: "How long a sound is to be, or by how much it is to go on.")
  var seconds: Double?

  @OptionGroup(title: "A sound to begin with") var start: Start

  @OptionGroup(title: "How to make it") var making: SamplingArguments

  @OptionGroup(title: "Where to, and what to say") var writing: SoundWriting

  @OptionGroup var threads: Threads

  /// The sound that a new one begins with.
  struct Start: ParsableArguments {
    @Option(
      name: .customLong("from"), help: "A sound that becomes another one.", completion: .file())
    var changed: String?

    @Option(help: "How much of it may change, more than 0 and at most 1 (default: 0.7).")
    var strength: Double?

    @Option(
      help: "A sound of which the melody is played anew; for models that follow melodies.",
      completion: .file())
    var melody: String?

    @Option(name: .customLong("continue"), help: "A sound that goes on.", completion: .file())
    var continued: String?

    @Flag(help: "Make what comes before the sound, not after it.")
    var left = false

    @Option(help: "A sound of which a part is made anew.", completion: .file())
    var inpaint: String?

    @Option(help: "The part, in seconds, such as 1.0-1.8.")
    var span: String?

    @Option(help: "A sound that lacks what was above a frequency.", completion: .file())
    var widen: String?

    @Option(help: "The frequency in Hz below which --widen keeps the sound as it is.")
    var above: Double?

    @Option(help: "A sound that loses its noise.", completion: .file())
    var denoise: String?

    @Option(
      help: "By how many decibels the sound is louder than its noise, -20 to 60 (default: 10).")
    var snr: Double?

    /// What the task is given.
    func value() throws -> Music.Start? {
      let given = [changed, melody, continued, inpaint, widen, denoise].compactMap { $0 }
      guard given.count <= 1 else {
        throw ValidationError(
          "Give one of --from, --melody, --continue, --inpaint, --widen and --denoise.")
      }
      for (option, isGiven, owner, hasOwner) in [
        ("--strength", strength != nil, "--from", changed != nil),
        ("--left", left, "--continue", continued != nil),
        ("--span", span != nil, "--inpaint", inpaint != nil),
        ("--above", above != nil, "--widen", widen != nil),
        ("--snr", snr != nil, "--denoise", denoise != nil),
      ] where isGiven && !hasOwner {
        throw ValidationError("\(option) goes with \(owner).")
      }
      if let changed { return .changing(file: changed, strength: strength ?? 0.7) }
      if let melody { return .following(file: melody) }
      if let continued { return .continuing(file: continued, side: left ? .left : .right) }
      if let denoise { return .cleaning(file: denoise, ratio: snr ?? 10) }
      if let widen {
        guard let above else { throw ValidationError("--widen needs an --above such as 2000.") }
        return .widening(file: widen, above: above)
      }
      guard let inpaint else { return nil }
      let ends = span?.split(separator: "-").map { Double(String($0)) } ?? []
      guard ends.count == 2, let from = ends[0], let to = ends[1] else {
        throw ValidationError("--inpaint needs a --span such as 1.0-1.8.")
      }
      return .inpainting(file: inpaint, from: from, to: to)
    }
  }

  func run() async throws {
    try await reportingFailures {
      let request = try Music.Request(
        model: model, prompts: prompts, count: count, seed: seed, seconds: seconds,
        start: start.value(),
        options: making.options)
      let files = try OutputPattern(writing.output, for: .sound).files(for: request)
      try OutputPattern.check(files, replacing: writing.force)
      let stop = StopSignal()
      let interrupts = Interrupts()
      interrupts.onInterrupt { stop.request() }
      let music = Music(threads: threads.count)
      try await SoundReporter(files: files, json: writing.json, quiet: writing.quiet)(
        music(request, until: stop))
    }
  }

  func validate() throws {
    guard !prompts.isEmpty else { throw ValidationError("Give a prompt.") }
  }
}

/// Where sounds are written, and what is said meanwhile.
struct SoundWriting: ParsableArguments {
  @Option(
    help: """
      A sound file, a folder, or a name with {prompt}, {seed} or {index} in it (default: \
      {prompt}-{seed}.wav).
      """, completion: .file())
  var output: String?

  @Flag(help: "Replace files that are there.")
  var force = false

  @Flag(help: "Print a line of JSON for each sound.")
  var json = false

  @Flag(help: "Say nothing but errors.")
  var quiet = false
}

/// Writes the sounds of a run to their files and says how far it is.
struct SoundReporter {
  /// The file of each sound.
  let files: [URL]
  /// Whether a line of JSON is printed for each sound.
  let json: Bool
  /// Whether nothing is said but errors and JSON.
  let quiet: Bool

  /// Writes and says what happens.
  func callAsFunction(_ events: AsyncThrowingStream<Music.Event, any Error>) async throws {
    let line = ProgressLine(isQuiet: quiet)
    defer { line.clear() }
    for try await event in events {
      switch event {
      case .loading(let model): line.show("loading \(model)")
      case .step(let step, let count, let seconds):
        line.show("step \(step) of \(count) · \(duration(seconds)) to go")
      case .sound(let made):
        let sha256 = try made.save(to: files[made.index])
        let path = files[made.index].relativePath
        line.clear()
        if json {
          try printJSON(
            Row(
              file: path, prompt: made.prompt, seed: made.seed, seconds: made.seconds,
              sha256: sha256))
        } else if !quiet {
          try FileHandle.standardOutput.write(contentsOf: Data("\(path)\n".utf8))
        }
      }
    }
  }

  /// What is printed of a sound as JSON.
  private struct Row: Encodable {
    let file: String
    let prompt: String
    let seed: UInt64
    let seconds: Double
    let sha256: String
  }
}

/// Whether a file's name ends as that of a sound.
func isSoundFile(_ path: String) -> Bool {
  (try? SoundFormat(fileName: path)) != nil
}
