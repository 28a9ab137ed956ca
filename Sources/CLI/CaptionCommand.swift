internal import ArgumentParser
internal import Diffusion
internal import Foundation
internal import Inkwell

/// `inkwell caption`: says what pictures show.
struct CaptionCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "caption",
    abstract: "Says what pictures show, and labels folders of them.",
    discussion: """
      inkwell caption apple.png
      inkwell caption pictures/
      inkwell caption pictures/ --samples 16 --agreement 0.75 --keep-unsure

      Several captions are made of each picture; the most frequent one is said, and where too few \
      agree, that the model isn't sure. A folder gets metadata.jsonl, a line for each picture that \
      it is sure of, as `inkwell train` reads it, and captions.json, which says how they were made: \
      see `inkwell regenerate`. Captions go to standard output, everything else to standard error.

      Exit codes: 0 all pictures are described, 1 the run failed, 2 not enough memory, 3 a model or \
      a file is not sound, 64 wrong usage, 130 interrupted.
      """)

  @Argument(help: "Pictures, and folders of them.", completion: .file())
  var pictures: [String]

  @Option(help: "The model's name (see `inkwell model list`), or the path of its folder.")
  var model = CaptionPictures.Request.standardModel

  @Option(help: "Captions of each picture, of which the most frequent one is said.")
  var samples = 8

  @Option(help: "The share of them that must agree for the model to be sure, 0 to 1.")
  var agreement = 0.5

  @Option(help: "The seed of the first caption of each picture.")
  var seed: UInt64 = 0

  @Option(help: "How far the picture is to count; 1 is as the model learnt it.")
  var guidance = 1.0

  @OptionGroup(title: "How to make them") var making: Making

  @OptionGroup(title: "Where to, and what to say") var writing: CaptionWriting

  @OptionGroup var threads: Threads

  /// How captions are made; as the model has it where nothing is given.
  struct Making: ParsableArguments {
    @Option(help: "Steps of a caption (default: as many as tokens).")
    var steps: Int?

    @Option(
      help: "Which words are said first: random or surest (default: random).",
      transform: { name in
        guard let order = Unmasking.Order(rawValue: name) else {
          throw ValidationError("--order: expected random or surest, found \(name)")
        }
        return order
      })
    var order: Unmasking.Order?

    @Option(help: "0 says the likeliest words, 1 draws them as the model has them (default: 1).")
    var temperature: Double?

    /// What the task is given, over what a model has.
    func over(_ standard: Unmasking) -> Unmasking? {
      guard steps != nil || order != nil || temperature != nil else { return nil }
      return Unmasking(
        order: order ?? standard.order, steps: steps ?? standard.steps,
        temperature: temperature ?? standard.temperature)
    }
  }

  func run() async throws {
    try await reportingFailures {
      let library = ModelLibrary.standard
      let request = try CaptionPictures.Request(
        model: model, pictures: pictures, samples: samples, agreement: agreement, seed: seed,
        guidance: guidance,
        sampling: making.over(library.captionModel(model).sampling))
      let folders = pictures.map { URL(filePath: $0, directoryHint: .checkFileSystem) }
        .filter(\.hasDirectoryPath)
      try OutputPattern.check(
        folders.flatMap { [CaptionRecord.metadata(of: $0), CaptionRecord.record(of: $0)] },
        replacing: writing.force)
      let stop = StopSignal()
      let interrupts = Interrupts()
      interrupts.onInterrupt { stop.request() }
      let events = CaptionPictures(threads: threads.count)(request, until: stop)
      guard let record = try await CaptionReporter(writing)(events) else { return }
      for folder in folders {
        let count = try record.writeMetadata(of: folder, unsure: writing.keepUnsure)
        try record.write(to: CaptionRecord.record(of: folder))
        if !writing.quiet {
          say("\(CaptionRecord.metadata(of: folder).relativePath): \(count) captions")
        }
      }
    }
  }

  func validate() throws {
    guard !pictures.isEmpty else { throw ValidationError("Name a picture or a folder.") }
  }
}

/// Where captions are written, and what is said meanwhile.
struct CaptionWriting: ParsableArguments {
  @Flag(help: "Label pictures that the model isn't sure of as well.")
  var keepUnsure = false

  @Flag(help: "Replace files that are there.")
  var force = false

  @Flag(help: "Print a line of JSON for each caption.")
  var json = false

  @Flag(help: "Say nothing but captions and errors.")
  var quiet = false
}

/// Says what pictures show as it becomes known.
struct CaptionReporter {
  private let writing: CaptionWriting

  init(_ writing: CaptionWriting) {
    self.writing = writing
  }

  /// Says what happens.
  ///
  /// - Parameter events: What happens.
  /// - Returns: How the captions were made.
  /// - Throws: What ends the run.
  func callAsFunction(
    _ events: AsyncThrowingStream<CaptionPictures.Event, any Error>
  ) async throws -> CaptionRecord? {
    let line = ProgressLine(isQuiet: writing.quiet)
    defer { line.clear() }
    var record: CaptionRecord?
    for try await event in events {
      switch event {
      case .loading(let model): line.show("loading \(model)")
      case .broken(let file, let reason):
        line.clear()
        say("\(file) is skipped: \(reason)")
      case .caption(let caption, let number, let count):
        line.clear()
        try tell(caption)
        line.show("\(number) of \(count) pictures", isLast: number == count)
      case .record(let made): record = made
      }
    }
    return record
  }

  private func tell(_ caption: PictureCaption) throws {
    guard !writing.json else { return try printJSON(caption) }
    print("\(caption.file)\t\(caption.text)")
    guard !caption.isSure, !writing.quiet else { return }
    let others = caption.others.prefix(3).joined(separator: "; ")
    say(
      "\(caption.file): not sure, \(Int((caption.agreement * 100).rounded())) % agree"
        + (others.isEmpty ? "" : "; or \(others)"))
  }
}
