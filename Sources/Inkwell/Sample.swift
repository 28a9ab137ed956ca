internal import Foundation
internal import Torch

/// Draws pictures from a pixel model: of nothing in particular, of a class, or of a number.
///
/// ```swift
/// let request = try Sample.Request(model: "Models/digits", labels: ["7"], count: 4, seed: 1)
/// for try await event in Sample()(request) {
///   if case .image(let picture) = event { try picture.save(to: URL(filePath: "7.png")) }
/// }
/// ```
public struct Sample: Sendable {
  /// What happens while pictures are made.
  public typealias Event = PictureEvent<Request>

  /// Where models are found, and how much is made at a time.
  public var workshop: Workshop

  /// The task, done in a workshop.
  public init(_ workshop: Workshop = Workshop()) {
    self.workshop = workshop
  }

  /// Makes the pictures on a thread of its own.
  ///
  /// - Parameters:
  ///   - request: What to make.
  ///   - stop: Ends the run with a `CancellationError` after the step that it is at. So does the
  ///     cancellation of the task that reads the events, which however does not wait for that.
  /// - Returns: What happens, and the pictures as they are ready; or what goes wrong.
  public func callAsFunction(
    _ request: Request, until stop: StopSignal = StopSignal()
  ) -> AsyncThrowingStream<Event, any Error> {
    taskEvents(named: "inkwell sample", until: stop) { report in
      workshop.setThreads()
      let source = try workshop.library.pixelModel(request.model)
      try run(request, of: source, nil, stop, report).makeAll(batchSize: workshop.batchSize)
    }
  }

  /// Makes a picture again with as many threads, and in as large a batch, as the first time.
  ///
  /// - Parameters:
  ///   - again: Which picture to make again; one that this task made.
  ///   - stop: Ends the run with a `CancellationError` after the step that it is at.
  /// - Returns: What happens, and the picture; or what goes wrong, ``ProvenanceError`` and
  ///   ``ModelError`` among it.
  public func callAsFunction(
    _ again: Regenerate.Request, until stop: StopSignal = StopSignal()
  ) -> AsyncThrowingStream<Event, any Error> {
    taskEvents(named: "inkwell regenerate", until: stop) { report in
      let made = try PictureProvenance<Request>(contentsOf: URL(filePath: again.file))
      let source = try workshop.library.pixelModel(again.model ?? made.request.model)
      Machine.threads = made.threads
      try run(made.request, of: source, made.files, stop, report).makeAgain(made.batch)
    }
  }

  private func run(
    _ request: Request, of source: PixelModelSource, _ expected: [String: String]?,
    _ stop: StopSignal, _ report: @escaping (Event) -> Void
  ) throws -> PictureRun<SampleMaker> {
    report(.loading(model: source.name))
    let hashes = Background { try source.hashes() }
    if let expected { try check(hashes.value(), are: expected, in: source.url) }
    try stop.check()
    let maker = try SampleMaker(request: request, model: source.model(), name: source.name)
    try stop.check()
    return PictureRun(maker: maker, hashes: hashes, stop: stop, report: report)
  }
}
