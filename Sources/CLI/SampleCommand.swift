internal import ArgumentParser
internal import Foundation
internal import Inkwell
internal import Modalities

/// `inkwell sample`: draws pictures from a model that reads no prompts.
struct SampleCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sample",
    abstract: "Draws pictures of a class, of a number, or of anything.",
    discussion: """
      inkwell sample runs/digits/model --count 8
      inkwell sample runs/digits/model --label 3 --label 7 --count 4 --grid digits.png
      inkwell sample DiT-XL-2-256/ --label "golden retriever" --output dogs/
      inkwell sample terrain_consistency_unet_difficulty100.onnx --label 80 --output hills/

      MODEL is the folder of a model of pixels that was trained here, one of diffusers' DiTPipeline, \
      or the ONNX file of the terrain network (adaptive-terrain-diffusion on PyPI). The names of the pictures go to standard output, \
      everything else to standard error. Each picture carries how it was made: see \
      `inkwell regenerate`.

      Exit codes: 0 all pictures are made, 1 the run failed, 2 not enough memory, 3 a model or a \
      file is not sound, 64 wrong usage, 130 interrupted.
      """)

  @Argument(help: "A model's name, its folder, or an ONNX file.", completion: .file())
  var model: String

  @Option(help: "What to draw: a class or, for terrain, a difficulty from 1 to 100. Repeatable.")
  var label: [String] = []

  @Option(help: "Pictures of each label.")
  var count = 1

  @Option(help: "The seed of the first picture; each next one has the next (default: at random).")
  var seed: UInt64?

  @OptionGroup(title: "How to draw") var drawing: Drawing

  @OptionGroup(title: "How much at a time") var work: Work

  @OptionGroup(title: "Where to, and what to say") var writing: Writing

  @Option(
    help: """
      A PNG file for a sheet of all pictures, a row for each label. Without --output, it is all that \
      is written.
      """, completion: .file())
  var grid: String?

  /// How pictures are made.
  struct Drawing: ParsableArguments {
    @Option(help: "Steps: more take longer and are more exact (default: the model's).")
    var steps: Int?

    @Option(help: "The sampler's name (default: the model's).")
    var sampler: String?

    @Option(help: "Which timesteps of a chain to visit, by name (default: the model's).")
    var spacing: String?

    @Option(help: "How closely to follow the label; 1 is off (default: the model's).")
    var guidance: Double?

    @Option(help: "How closely to follow the classifier; 0 is off (default: the model's).")
    var classifierGuidance: Double?

    @Flag(help: "Show grey pictures, as height maps, as hills that are lit from the upper left.")
    var relief = false
  }

  func run() async throws {
    try await reportingFailures {
      let request = try Sample.Request(
        model: model, labels: label, count: count, seed: seed,
        options: Sample.Options(
          steps: drawing.steps, sampler: drawing.sampler, spacing: drawing.spacing,
          guidance: drawing.guidance, classifierGuidance: drawing.classifierGuidance,
          relief: drawing.relief ? true : nil))
      let isSheetOnly = grid != nil && writing.output == nil
      let files =
        isSheetOnly ? nil : try OutputPattern(writing.output, subject: "label").files(for: request)
      try OutputPattern.check(files ?? [], replacing: writing.force)
      let sheet = try grid.map { try sheetFile($0) }
      let stop = StopSignal()
      let interrupts = Interrupts()
      interrupts.onInterrupt { stop.request() }
      let reporter = PictureReporter(files: files, style: writing.style, keeps: sheet != nil)
      let sample = Sample(work.workshop)
      try await reporter(sample(request, until: stop))
      if let sheet { try write(reporter.kept, of: request, to: sheet) }
    }
  }

  /// The file of the sheet, which can be written.
  private func sheetFile(_ path: String) throws -> URL {
    guard path.lowercased().hasSuffix(".png") else { throw OutputError.notPNG(path) }
    let file = URL(filePath: path, directoryHint: .notDirectory)
    try OutputPattern.check([file], replacing: writing.force)
    return file
  }

  private func write(_ pictures: [Int: Image], of request: Sample.Request, to file: URL) throws {
    let images = pictures.sorted { $0.key < $1.key }.map(\.value)
    guard let first = images.first else { return }
    let columns = label.count > 1 ? count : Int(Double(images.count).squareRoot().rounded(.up))
    let sheet = ContactSheet(columns: columns, side: first.width, gap: 2)
    try sheet(images.map { ContactSheet.Cell($0) }).save(to: file, as: .png)
    guard !writing.quiet, !writing.json else { return }
    print(file.relativePath)
  }
}
