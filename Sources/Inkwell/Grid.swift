internal import Foundation
internal import Torch

/// Makes pictures that differ in one or two settings, beside each other on a sheet with headings.
///
/// ```swift
/// let drawing = try Generate.Request(prompts: ["a slice of watermelon"], seed: 7)
/// let request = try Grid.Request(
///   drawing: drawing, columns: Grid.Axis("steps", ["5", "20"]),
///   rows: Grid.Axis("guidance", ["1", "4"]))
/// for try await event in Grid()(request) {
///   if case .image(let sheet) = event { try sheet.save(to: URL(filePath: "grid.png")) }
/// }
/// ```
public struct Grid: Sendable {
  /// What happens while a sheet is made; its only image is the sheet.
  public typealias Event = PictureEvent<Request>

  /// Where models are found; pictures are made one at a time.
  public var workshop: Workshop
  /// Given each picture of the sheet as it is ready, row by row unless models differ; what it
  /// throws ends the run.
  public var onPicture: @Sendable (GeneratedImage) throws -> Void

  /// The task, done in a workshop.
  ///
  /// - Parameters:
  ///   - workshop: Where models are found.
  ///   - onPicture: Given each picture of the sheet.
  public init(
    _ workshop: Workshop = Workshop(),
    onPicture: @escaping @Sendable (GeneratedImage) throws -> Void = { _ in }
  ) {
    self.workshop = workshop
    self.onPicture = onPicture
  }

  /// Makes the sheet on a thread of its own.
  ///
  /// - Parameters:
  ///   - request: What to make.
  ///   - stop: Ends the run with a `CancellationError` after the step that it is at.
  /// - Returns: What happens, and the sheet; or what goes wrong.
  public func callAsFunction(
    _ request: Request, until stop: StopSignal = StopSignal()
  ) -> AsyncThrowingStream<Event, any Error> {
    taskEvents(named: "inkwell grid", until: stop) { report in
      workshop.setThreads()
      let engine = try workshop.run.askedEngine() ?? .standard
      try GridRun(request, engine: engine, until: stop, onPicture: onPicture, report)
        .make(from: workshop.library)
    }
  }

  /// Makes a sheet again with as many threads as the first time.
  ///
  /// - Parameters:
  ///   - again: Which sheet to make again; one that this task made.
  ///   - stop: Ends the run with a `CancellationError` after the step that it is at.
  /// - Returns: What happens, and the sheet; or what goes wrong.
  public func callAsFunction(
    _ again: Regenerate.Request, until stop: StopSignal = StopSignal()
  ) -> AsyncThrowingStream<Event, any Error> {
    taskEvents(named: "inkwell regenerate", until: stop) { report in
      let made = try PictureProvenance<Request>(contentsOf: URL(filePath: again.file))
      Machine.threads = made.threads
      let request = try again.model.map { try made.request.of($0) } ?? made.request
      let engine = made.engine ?? .eager
      try engine.check()
      try GridRun(request, engine: engine, until: stop, onPicture: onPicture, report)
        .make(from: workshop.library, hashes: made.files)
    }
  }
}
