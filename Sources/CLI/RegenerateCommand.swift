internal import ArgumentParser
internal import Foundation
internal import Inkwell

/// `inkwell regenerate`: makes a picture again.
struct RegenerateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "regenerate",
    abstract: "Makes a picture again from what its file says of its making.",
    discussion: """
      On the same machine the file is the same to the byte. The model must be the one that made \
      it: its files are compared by their SHA-256.
      """)

  @Argument(help: "A PNG file that Inkwell made.", completion: .file(extensions: ["png"]))
  var file: String

  @Option(help: "The model's name, or the path of its folder (default: the name in the file).")
  var model: String?

  @OptionGroup var writing: Writing

  func run() async throws {
    try await reportingFailures {
      let source = URL(filePath: file)
      let stop = StopSignal()
      let interrupts = Interrupts()
      interrupts.onInterrupt { stop.request() }
      let request = Regenerate.Request(file: file, model: model)
      switch try pictureTask(of: source) {
      case Sample.Request.task:
        try await again(
          PictureProvenance<Sample.Request>(contentsOf: source), Sample()(request, until: stop))
      case Redraw.Request.task:
        try await again(
          PictureProvenance<Redraw.Request>(contentsOf: source), Redraw()(request, until: stop))
      case Grid.Request.task:
        try await again(
          PictureProvenance<Grid.Request>(contentsOf: source), Grid()(request, until: stop))
      default:
        try await again(Provenance(contentsOf: source), Regenerate()(request, until: stop))
      }
    }
  }

  private func again<Request>(
    _ provenance: PictureProvenance<Request>,
    _ events: AsyncThrowingStream<PictureEvent<Request>, any Error>
  ) async throws {
    let source = URL(filePath: file)
    let original = try Data(contentsOf: source)
    let output = writing.output ?? "\(source.deletingPathExtension().lastPathComponent)-again.png"
    let files = try OutputPattern(output, subject: Request.subject).files(for: provenance.request)
    try OutputPattern.check(files, replacing: writing.force)
    try await PictureReporter(files: files, style: writing.style)(events)
    guard !writing.quiet else { return }
    let isSame = try Data(contentsOf: files[0]) == original
    let verdict = isSame ? "the same bytes as" : "not the same bytes as"
    FileHandle.standardError.write(Data("\(files[0].relativePath): \(verdict) \(file)\n".utf8))
  }
}
