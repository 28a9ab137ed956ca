internal import ArgumentParser
internal import Foundation
internal import Inkwell

/// The options of the commands that make pictures of prompts.
struct PromptedDrawing: ParsableArguments {
  @Option(
    help: """
      A model's name (see `inkwell model list`), the path of its folder, or a file of weights of \
      Stable Diffusion (default: inkwell-emoji).
      """)
  var model: String?

  @Option(help: "Pictures of each prompt.")
  var count = 1

  @Option(help: "The seed of the first picture; each next one has the next (default: at random).")
  var seed: UInt64?

  @OptionGroup(title: "Prompts from templates") var templates: Templates

  @OptionGroup(title: "How to draw") var drawing: Drawing

  @OptionGroup(title: "How much at a time") var work: Work

  @Option(
    help: """
      What computes the networks: native for LibTorch with faster kernels of our own, eager for \
      LibTorch alone, or compiled for OpenVINO (default: native). Compiled networks start later \
      and take more memory; whether their steps are faster depends on the processor.
      """, transform: Engine.argument)
  var engine: Engine?

  @Option(
    help: ArgumentHelp(
      """
      The most memory to take, such as 6G or 4400M, of 1000 K, M and G each. Parts of the model are \
      then read when they are needed, pictures decoded in strips, and weights kept in half precision, \
      as far as it takes.
      """, valueName: "bytes"), transform: byteCount)
  var maxMemory: Int?

  @Flag(
    help: """
      Compute what LoRAs change each time that a weight is used: no changed copy is held, the \
      pictures are the same, and take a little longer. For Stable Diffusion.
      """)
  var liveLoras = false

  @OptionGroup(title: "What to watch") var watching: Watching

  @OptionGroup(title: "Where to, and what to say") var writing: Writing

  /// What is asked for.
  ///
  /// - Parameters:
  ///   - prompts: The prompts, or templates of them.
  ///   - control: A ControlNet besides those that are asked for.
  ///   - picture: A picture that says what is not asked for otherwise.
  /// - Returns: The request.
  /// - Throws: What is wrong with the options, the templates or the picture.
  func request(
    _ prompts: [String], adding control: Generate.Control? = nil, like picture: String? = nil
  ) throws -> Generate.Request {
    var options = drawing.options
    if let control { options.controls = (options.controls ?? []) + [control] }
    if let picture {
      return try templates.filled(
        Generate.Request(
          like: picture, prompts: prompts, model: model, count: count, seed: seed,
          options: options))
    }
    return try templates.filled(
      Generate.Request(
        prompts: prompts, model: model ?? "inkwell-emoji", count: count, seed: seed,
        options: options))
  }

  /// Where models are found, how much is made at a time, and how the run goes besides.
  var workshop: Workshop {
    var workshop = work.workshop
    workshop.run = watching.settings
    workshop.run.engine = engine
    workshop.run.memoryLimit = maxMemory
    workshop.run.changesInUse = liveLoras
    return workshop
  }

  /// Makes the pictures of a request and writes them.
  ///
  /// - Parameters:
  ///   - request: What to make.
  ///   - events: Begins to make it, until the signal is given.
  /// - Throws: What goes wrong.
  func write<Request: PictureRequest>(
    _ request: Request,
    _ events: (Request, StopSignal) -> AsyncThrowingStream<PictureEvent<Request>, any Error>
  ) async throws {
    let files = try OutputPattern(writing.output).files(for: request)
    try OutputPattern.check(files, replacing: writing.force)
    let stop = StopSignal()
    let interrupts = Interrupts()
    interrupts.onInterrupt { stop.request() }
    try await PictureReporter(
      files: files, style: writing.style, explanations: watching.explanations)(
        events(request, stop))
  }

  /// Makes the pictures of a picture.
  ///
  /// - Parameters:
  ///   - prompt: The prompt.
  ///   - control: A ControlNet besides those that are asked for.
  ///   - describe: Adds which picture it is, and what is drawn of it.
  /// - Throws: An exit code, after the failure was told.
  func redraw(
    _ prompt: String, adding control: Generate.Control? = nil,
    _ describe: (Generate.Request) throws -> Redraw.Request
  ) async throws {
    try await reportingFailures {
      let task = Redraw(workshop)
      try await write(try describe(request([prompt], adding: control))) { task($0, until: $1) }
    }
  }
}

/// The bytes that an argument says, such as `6G`.
private func byteCount(_ text: String) throws -> Int {
  let units: [Character: Int] = ["K": 1000, "M": 1_000_000, "G": 1_000_000_000]
  let unit = text.last.flatMap { units[Character($0.uppercased())] }
  guard let number = Double(unit == nil ? text[...] : text.dropLast()),
    number > 0, number * Double(unit ?? 1) < 1e15
  else { throw ValidationError("expected bytes such as 6G or 4400M, found \"\(text)\"") }
  return Int(number * Double(unit ?? 1))
}

/// What is looked at while pictures are made.
struct Watching: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      """
      A folder for heat maps of where each word acted, and the picture as the model saw it at every \
      step.
      """, valueName: "folder"), completion: .directory)
  var explain: String?

  @Option(
    help: ArgumentHelp(
      """
      The folder of a tiny autoencoder (TAESD) for the pictures of the steps, which is faster than \
      the model's own.
      """, valueName: "folder"), completion: .directory)
  var previewDecoder: String?

  /// The folder of the explanations.
  var explanations: URL? { explain.map { URL(filePath: $0, directoryHint: .isDirectory) } }

  /// What is asked for.
  var settings: RunSettings {
    var settings = RunSettings()
    settings.explains = explain != nil
    settings.previewDecoder = previewDecoder.map { URL(filePath: $0, directoryHint: .isDirectory) }
    return settings
  }
}

/// How a part of a picture is drawn anew.
struct Repainting: ParsableArguments {
  @Option(help: "How far to go from what is there: above 0 up to 1, which starts from noise.")
  var strength = 1.0

  @Flag(help: "Put the picture's own pixels back where they are kept.")
  var paste = false

  /// What is asked for.
  func request(
    _ drawing: Generate.Request, of picture: String, _ region: Redraw.Region
  ) throws -> Redraw.Request {
    try Redraw.Request(
      drawing: drawing, picture: picture, strength: strength, region: region,
      pastes: paste ? true : nil)
  }
}

/// Whether prompts are templates, and where their words are.
struct Templates: ParsableArguments {
  @Option(
    help: """
      A folder of text files: __colour__ in a prompt becomes a line of its colour.txt, and \
      {red|2::green} one of the options, by the picture's seed, as in Dynamic Prompts.
      """, completion: .directory)
  var wildcards: String?

  @Flag(help: "Read {red|2::green} in prompts, without a folder of wildcards.")
  var variants = false

  @Flag(help: "Draw every prompt that wildcards and variants give, not one of them.")
  var combinations = false

  /// The request with the prompts that are drawn from its own, if they are templates.
  func filled(_ request: Generate.Request) throws -> Generate.Request {
    guard wildcards != nil || variants || combinations else { return request }
    let words = try Wildcards(wildcards.map { URL(filePath: $0, directoryHint: .isDirectory) })
    return try combinations ? request.combined(from: words) : request.drawn(from: words)
  }
}
