internal import ArgumentParser
internal import Foundation
internal import Inkwell
internal import Modalities

/// `inkwell regenerate`: makes a picture again.
struct RegenerateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "regenerate",
    abstract: "Makes what Inkwell made again, as its file says.",
    discussion: """
      On the same machine the file is the same to the byte. The model must be the one that made \
      it: its files are compared by their SHA-256.
      """)

  @Argument(
    help: """
      A PNG file, a sound file, an MP4, WebM, GIF or APNG file, a GLB, PLY or OBJ file, a \
      captions.json, an SD file of conformers or poses, a PDB file of a way to a pose, or a file \
      of molecules (.smi, .csv, .sdf), that \
      Inkwell made.
      """,
    completion: .file())
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
      if isSoundFile(file) { return try await again(Music()(request, until: stop)) }
      if (try? ShapeFormat(fileName: file)) != nil {
        return try await shapeAgain(request, until: stop)
      }
      if isClip(source) { return try await clipAgain(request, until: stop) }
      if source.pathExtension == "json" {
        return try await captionsAgain(request, until: stop)
      }
      if ["sdf", "pdb", "smi", "csv"].contains(source.pathExtension.lowercased()) {
        return try await ofMolecules(request, until: stop)
      }
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

  /// Makes a sound again.
  private func again(_ events: AsyncThrowingStream<Music.Event, any Error>) async throws {
    let source = URL(filePath: file)
    let name = source.deletingPathExtension().lastPathComponent
    let output = writing.output ?? "\(name)-again.\(source.pathExtension)"
    let request = try SoundProvenance(contentsOf: source).request
    let files = try OutputPattern(output, for: .sound).files(for: request)
    try OutputPattern.check(files, replacing: writing.force)
    try await SoundReporter(files: files, json: writing.json, quiet: writing.quiet)(events)
    if try Data(contentsOf: files[0]) == Data(contentsOf: source) {
      return say("the same bytes as", files[0])
    }
    // The streams of Ogg files are numbered at random, and other formats round otherwise.
    let isSame = try Sound(contentsOf: files[0]) == Sound(contentsOf: source)
    say(isSame ? "the same sound as" : "not the same sound as", files[0])
  }

  /// Whether a file is a clip: by its name, or by what it says where a picture has such a name too.
  private func isClip(_ file: URL) -> Bool {
    let name = file.lastPathComponent.lowercased()
    guard name.hasSuffix(".png") else { return (try? ClipFormat(fileName: name)) != nil }
    return (try? clipTask(of: file)) != nil
  }

  private func clipAgain(_ request: Regenerate.Request, until stop: StopSignal) async throws {
    let source = URL(filePath: file)
    let name = source.deletingPathExtension().lastPathComponent
    let output = writing.output ?? "\(name)-again.\(source.pathExtension)"
    let made = URL(filePath: output, directoryHint: .notDirectory)
    _ = try ClipFormat(fileName: output)
    try OutputPattern.check([made], replacing: writing.force)
    let original = try Data(contentsOf: source)
    if try clipTask(of: source) == World.Request.task {
      try await writeClip(World()(request, until: stop), to: made, quiet: writing.quiet)
    } else {
      try await writeClip(GenerateVideo()(request, until: stop), to: made, quiet: writing.quiet)
    }
    try sayVerdict(made, isSame: Data(contentsOf: made) == original)
  }

  private func shapeAgain(_ request: Regenerate.Request, until stop: StopSignal) async throws {
    let source = URL(filePath: file)
    let name = source.deletingPathExtension().lastPathComponent
    let made = URL(
      filePath: writing.output ?? "\(name)-again.\(source.pathExtension)",
      directoryHint: .notDirectory)
    _ = try ShapeFormat(fileName: made.lastPathComponent)
    try OutputPattern.check([made], replacing: writing.force)
    let original = try Data(contentsOf: source)
    try await ShapeReporter(files: [made], json: writing.json, quiet: writing.quiet)(
      MakeShapes()(request, until: stop))
    try sayVerdict(made, isSame: Data(contentsOf: made) == original)
  }

  private func captionsAgain(_ request: Regenerate.Request, until stop: StopSignal) async throws {
    let source = URL(filePath: file)
    let name = source.deletingPathExtension().lastPathComponent
    let made = URL(
      filePath: writing.output ?? "\(name)-again.json", directoryHint: .notDirectory)
    try OutputPattern.check([made], replacing: writing.force)
    var again: CaptionRecord?
    for try await event in CaptionPictures()(request, until: stop) {
      if case .record(let record) = event { again = record }
    }
    try again?.write(to: made)
    try sayVerdict(made, isSame: Data(contentsOf: made) == Data(contentsOf: source))
  }

  private func conformersAgain(
    _ request: Regenerate.Request, until stop: StopSignal
  ) async throws {
    let source = URL(filePath: file)
    let name = source.deletingPathExtension().lastPathComponent
    let made = URL(
      filePath: writing.output ?? "\(name)-again.sdf", directoryHint: .notDirectory)
    try OutputPattern.check([made], replacing: writing.force)
    let original = try Data(contentsOf: source)
    try await writeConformers(
      MakeConformers()(request, until: stop), to: made, quiet: writing.quiet)
    try sayVerdict(made, isSame: Data(contentsOf: made) == original)
  }

  private func posesAgain(_ request: Regenerate.Request, until stop: StopSignal) async throws {
    let source = URL(filePath: file)
    let end = source.pathExtension
    let name = source.deletingPathExtension().lastPathComponent
    let made = URL(
      filePath: writing.output ?? "\(name)-again.\(end)", directoryHint: .notDirectory)
    try OutputPattern.check([made], replacing: writing.force)
    let original = try Data(contentsOf: source)
    let poses = try await madePoses(Dock()(request, until: stop), quiet: writing.quiet)
    if end == "pdb" {
      try poses?.trajectory?.save(to: made)
    } else {
      try poses?.file.save(to: made)
    }
    try sayVerdict(made, isSame: Data(contentsOf: made) == original)
  }

  /// Makes a file of molecules again by the task that made it.
  private func ofMolecules(
    _ request: Regenerate.Request, until stop: StopSignal
  ) async throws {
    switch try moleculeTask(of: URL(filePath: file)) {
    case MoleculeRecord.task: try await moleculesAgain(request, until: stop)
    case DockingRecord.task: try await posesAgain(request, until: stop)
    default: try await conformersAgain(request, until: stop)
    }
  }

  private func moleculesAgain(
    _ request: Regenerate.Request, until stop: StopSignal
  ) async throws {
    let source = URL(filePath: file)
    let name = source.deletingPathExtension().lastPathComponent
    let made = URL(
      filePath: writing.output ?? "\(name)-again.\(source.pathExtension)",
      directoryHint: .notDirectory)
    _ = try MoleculeFile.Format(of: made)
    try OutputPattern.check([made], replacing: writing.force)
    let original = try Data(contentsOf: source)
    try await writeMolecules(
      MakeMolecules()(request, until: stop), to: made, quiet: writing.quiet)
    try sayVerdict(made, isSame: Data(contentsOf: made) == original)
  }

  private func sayVerdict(_ made: URL, isSame: Bool) {
    say(isSame ? "the same bytes as" : "not the same bytes as", made)
  }

  private func say(_ verdict: String, _ made: URL) {
    guard !writing.quiet else { return }
    FileHandle.standardError.write(Data("\(made.relativePath): \(verdict) \(file)\n".utf8))
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
    sayVerdict(files[0], isSame: try Data(contentsOf: files[0]) == original)
  }
}
