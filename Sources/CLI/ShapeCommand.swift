internal import ArgumentParser
internal import Foundation
internal import Inkwell
internal import Modalities

/// `inkwell shape`: makes shapes of prompts.
struct ShapeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "shape",
    abstract: "Makes shapes of prompts or of a picture: coloured points in space, or meshes.",
    discussion: """
      inkwell shape "a red armchair" --output chair.glb
      inkwell shape "a red armchair" --mesh --output chair.obj
      inkwell shape "a table" "a blue sofa" --count 4 --output shapes/ --page shapes.html
      inkwell shape --picture chair.png --output chair.glb
      inkwell shape "a red chair" --picture chair.png --output red.glb

      Shapes are written as GLB, PLY or OBJ, as the name ends; --mesh closes the points to a \
      watertight surface. The page turns the shapes in a browser and needs no network. The names of \
      the files go to standard output, everything else to standard error. Each shape carries how it \
      was made: see `inkwell regenerate`.

      Exit codes: 0 all shapes are made, 1 the run failed, 2 not enough memory, 3 a model or a file \
      is not sound, 64 wrong usage, 130 interrupted.
      """)

  @Argument(help: "What the shapes are to be; quote each prompt. None is needed with a picture.")
  var prompts: [String] = []

  @Option(help: "A picture of what the shapes are to be, on white.", completion: .file())
  var picture: String?

  @Option(help: "The model's name (see `inkwell model list`), or the path of its folder.")
  var model = MakeShapes.Request.standardModel

  @Option(help: "Shapes of each prompt.")
  var count = 1

  @Option(help: "The seed of the first shape; each next one has the next (default: at random).")
  var seed: UInt64?

  @OptionGroup(title: "Points and surface") var form: Form

  @OptionGroup(title: "How to make it") var making: SamplingArguments

  @OptionGroup(title: "Where to, and what to say") var writing: ShapeWriting

  @Option(help: "A page that turns the shapes in a browser, an HTML file.", completion: .file())
  var page: String?

  @OptionGroup var threads: Threads

  /// What a shape is made of.
  struct Form: ParsableArguments {
    @Option(help: "How many points a shape has, 64 to 8192 (default: the model's).")
    var points: Int?

    @Flag(help: "Make a watertight mesh of the points.")
    var mesh = false

    @Option(help: "The cubes of a mesh along its longest side, 8 to 256 (default: 64).")
    var resolution: Int?

    @Option(
      help:
        "How wide gaps between points are closed; a shape is about 2 wide (default: by the points)."
    )
    var reach: Float?

    /// What the task is given.
    func meshing() throws -> Meshing? {
      guard mesh || resolution == nil && reach == nil else {
        throw ValidationError("--resolution and --reach go with --mesh.")
      }
      return mesh ? Meshing(resolution: resolution ?? Meshing().resolution, reach: reach) : nil
    }
  }

  func run() async throws {
    try await reportingFailures {
      let request = try MakeShapes.Request(
        model: model, prompts: prompts, picture: picture, count: count, seed: seed,
        points: form.points, meshing: form.meshing(), options: making.options)
      let files = try OutputPattern(writing.output, for: .shape).files(for: request)
      let page = page.map { URL(filePath: $0, directoryHint: .notDirectory) }
      try OutputPattern.check(files + [page].compactMap { $0 }, replacing: writing.force)
      let stop = StopSignal()
      let interrupts = Interrupts()
      interrupts.onInterrupt { stop.request() }
      let shapes = MakeShapes(threads: threads.count)
      let made = try await ShapeReporter(files: files, writing)(shapes(request, until: stop))
      if let page {
        try ShapePage(made).write(to: page)
        print(page.relativePath)
      }
    }
  }

  func validate() throws {
    guard !prompts.isEmpty || picture != nil else {
      throw ValidationError("Give a prompt or a --picture.")
    }
    guard page?.lowercased().hasSuffix(".html") ?? true else {
      throw ValidationError("--page: expected a name that ends in .html, found \(page ?? "")")
    }
  }
}

/// Where shapes are written, and what is said meanwhile.
struct ShapeWriting: ParsableArguments {
  @Option(
    help: """
      A .glb, .ply or .obj file, a folder, or a name with {prompt}, {seed} or {index} in it \
      (default: {prompt}-{seed}.glb).
      """, completion: .file())
  var output: String?

  @Flag(help: "Replace files that are there.")
  var force = false

  @Flag(help: "Print a line of JSON for each shape.")
  var json = false

  @Flag(help: "Say nothing but errors.")
  var quiet = false
}

/// Writes the shapes of a run to their files and says how far it is.
struct ShapeReporter {
  private let files: [URL]
  private let json: Bool
  private let quiet: Bool

  /// - Parameters:
  ///   - files: The file of each shape.
  ///   - json: Whether a line of JSON is printed for each shape.
  ///   - quiet: Whether nothing is said but errors and JSON.
  init(files: [URL], json: Bool, quiet: Bool) {
    self.files = files
    self.json = json
    self.quiet = quiet
  }

  init(files: [URL], _ writing: ShapeWriting) {
    self.init(files: files, json: writing.json, quiet: writing.quiet)
  }

  /// Writes and says what happens.
  ///
  /// - Parameter events: What happens.
  /// - Returns: The shapes, in order.
  /// - Throws: What ends the run.
  @discardableResult
  func callAsFunction(
    _ events: AsyncThrowingStream<MakeShapes.Event, any Error>
  ) async throws -> [MadeShape] {
    let line = ProgressLine(isQuiet: quiet)
    defer { line.clear() }
    var shapes: [MadeShape] = []
    for try await event in events {
      switch event {
      case .loading(let model): line.show("loading \(model)")
      case .step(let step, let count, let seconds):
        line.show("step \(step) of \(count) · \(duration(seconds)) to go")
      case .shape(let made):
        let sha256 = try made.save(to: files[made.index])
        shapes.append(made)
        line.clear()
        try tell(made, sha256)
      }
    }
    return shapes
  }

  private func tell(_ made: MadeShape, _ sha256: String) throws {
    let path = files[made.index].relativePath
    if json {
      try printJSON(
        Row(
          file: path, prompt: made.prompt, seed: made.seed, seconds: made.seconds, sha256: sha256))
    } else if !quiet {
      try FileHandle.standardOutput.write(contentsOf: Data("\(path)\n".utf8))
    }
  }

  /// What is printed of a shape as JSON.
  private struct Row: Encodable {
    let file: String
    let prompt: String
    let seed: UInt64
    let seconds: Double
    let sha256: String
  }
}
