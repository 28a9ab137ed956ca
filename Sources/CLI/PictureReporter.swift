internal import Foundation
internal import Inkwell
internal import Modalities

/// Writes the pictures of a run to their files and says how far it is.
final class PictureReporter {
  /// How much is said, and where.
  struct Style {
    /// Whether a line of JSON is printed for each picture.
    var json = false
    /// Whether nothing is said but errors and JSON.
    var quiet = false
    /// Whether unfinished pictures are shown in a terminal that can.
    var preview = true
  }

  private let files: [URL]?
  private let style: Style
  private let line: ProgressLine
  private let preview: TerminalPreview?

  /// The pictures so far, if they are kept for a sheet.
  private(set) var kept: [Int: Image] = [:]
  private let keeps: Bool
  private let explanations: URL?

  /// - Parameters:
  ///   - files: Where each picture goes; nowhere if not given.
  ///   - style: How much is said.
  ///   - explanations: The folder of the pictures' explanations, each in a folder of its picture's
  ///     name; they go nowhere if not given.
  ///   - keeps: Whether the pictures are kept for a sheet.
  init(files: [URL]?, style: Style, explanations: URL? = nil, keeps: Bool = false) {
    self.keeps = keeps
    self.explanations = explanations
    self.files = files
    self.style = style
    line = ProgressLine(isQuiet: style.quiet)
    preview = style.preview && !style.quiet ? TerminalPreview() : nil
  }

  /// Writes and says what happens.
  func callAsFunction<Request>(
    _ events: AsyncThrowingStream<PictureEvent<Request>, any Error>
  ) async throws {
    defer { line.clear() }
    for try await event in events {
      switch event {
      case .loading(let model): line.show("loading \(model)")
      case .planned(let plan): line.note("\(plan)")
      case .cut(let cut):
        let kept = cut.kept.suffix(30).trimmingCharacters(in: .whitespaces)
        line.note(
          "the \(cut.role.rawValue) is too long: cut after “…\(kept)”, left out “\(cut.dropped)”")
        preview?.begin()
      case .uncompiled(let reason): line.note("not compiled: \(reason)")
      case .step(let step): try show(step)
      case .explained(let explanation): try save(explanation)
      case .image(let picture):
        if keeps { kept[picture.index] = picture.image }
        try save(picture)
      }
    }
  }

  private func show(_ step: PictureStep) throws {
    try preview?.show(pace: step.index == step.count ? .last : .step) { try step.preview.first() }
    let (first, last) = (step.pictures.lowerBound + 1, step.pictures.upperBound)
    let pictures =
      step.total == 1
      ? ""
      : "picture\(first == last ? "" : "s") \(first)\(first == last ? "" : "–\(last)")"
        + " of \(step.total) · "
    line.show(
      "\(pictures)step \(step.index) of \(step.count) · \(duration(step.secondsToGo)) to go")
  }

  private func save(_ explanation: PictureExplanation) throws {
    guard let explanations, let file = files?[explanation.index] else { return }
    let name = file.deletingPathExtension().lastPathComponent
    try explanation.save(
      to: explanations.appending(path: name, directoryHint: .isDirectory))
  }

  private func save<Request>(_ picture: MadePicture<Request>) throws {
    guard let file = files?[picture.index] else { return }
    let sha256 = try picture.save(to: file)
    let path = file.relativePath
    line.clear()
    if style.json {
      try printJSON(
        Row(
          file: path, prompt: Request.subject == "prompt" ? picture.subject : nil,
          label: Request.subject == "label" ? picture.subject : nil, seed: picture.seed,
          seconds: picture.seconds, sha256: sha256))
    } else if !style.quiet {
      try FileHandle.standardOutput.write(contentsOf: Data("\(path)\n".utf8))
      preview?.begin()
    }
  }

  /// What is printed of a picture as JSON.
  private struct Row: Encodable {
    let file: String
    let prompt: String?
    let label: String?
    let seed: UInt64
    let seconds: Double
    let sha256: String
  }
}

/// Prints a value as one line of JSON on standard output.
func printJSON(_ value: some Encodable) throws {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
  var line = try encoder.encode(value)
  line.append(UInt8(ascii: "\n"))
  try FileHandle.standardOutput.write(contentsOf: line)
}
