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

  /// Where models are found.
  public var library: ModelLibrary
  /// The number of pictures that are made at a time, at least 1.
  public var batchSize: Int
  /// The threads of one operation; Torch's `Machine.standardThreads` if not given.
  public var threads: Int?

  /// The task.
  ///
  /// - Parameters:
  ///   - library: Where models are found.
  ///   - batchSize: The number of pictures that are made at a time, at least 1. Pictures do not
  ///     depend on it but for the rounding of float32.
  ///   - threads: The threads of one operation; the standard number if not given.
  public init(library: ModelLibrary = .standard, batchSize: Int = 8, threads: Int? = nil) {
    precondition(batchSize > 0 && threads ?? 1 > 0, "a batch and its threads are at least one")
    self.library = library
    self.batchSize = batchSize
    self.threads = threads
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
    pictureEvents(named: "inkwell sample", until: stop) { report in
      Machine.threads = threads ?? Machine.standardThreads
      let source = try library.pixelModel(request.model)
      try run(request, of: source, nil, stop, report).makeAll(batchSize: batchSize)
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
    pictureEvents(named: "inkwell regenerate", until: stop) { report in
      let made = try PictureProvenance<Request>(contentsOf: URL(filePath: again.file))
      let source = try library.pixelModel(again.model ?? made.request.model)
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
