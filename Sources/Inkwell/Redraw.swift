internal import Foundation
internal import Torch

/// Draws a picture anew after a prompt: all of it, what a mask covers, or what lies beyond its
/// edges.
///
/// ```swift
/// let request = try Redraw.Request(
///   drawing: Generate.Request(prompts: ["a watermelon in snow"], seed: 7), picture: "melon.png",
///   strength: 0.6)
/// for try await event in Redraw()(request) {
///   if case .image(let picture) = event { try picture.save(to: URL(filePath: "snow.png")) }
/// }
/// ```
///
/// The field calls the first img2img, the second inpainting, and the third outpainting.
public struct Redraw: Sendable {
  /// What happens while pictures are made.
  public typealias Event = PictureEvent<Request>

  /// Where models are found.
  public var library: ModelLibrary
  /// The number of pictures that are made at a time, at least 1.
  public var batchSize: Int
  /// The threads of one operation; Torch's `Machine.standardThreads` if not given.
  public var threads: Int?
  /// How a run goes besides.
  public var run = RunSettings()

  /// The task, with the arguments of ``Generate/init(library:batchSize:threads:)``.
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
  ///   - stop: Ends the run with a `CancellationError` after the step that it is at.
  /// - Returns: What happens, and the pictures as they are ready; or what goes wrong.
  public func callAsFunction(
    _ request: Request, until stop: StopSignal = StopSignal()
  ) -> AsyncThrowingStream<Event, any Error> {
    pictureEvents(named: "inkwell redraw", until: stop) { report in
      let source = try library.promptedModel(request.model)
      Machine.threads = threads ?? Machine.standardThreads
      try make(request, with: source, batchSize: batchSize, run: run, until: stop, report)
    }
  }

  /// Makes a picture again with as many threads, and in as large a batch, as the first time.
  ///
  /// - Parameters:
  ///   - again: Which picture to make again; one that this task made.
  ///   - stop: Ends the run with a `CancellationError` after the step that it is at.
  /// - Returns: What happens, and the picture; or what goes wrong.
  public func callAsFunction(
    _ again: Regenerate.Request, until stop: StopSignal = StopSignal()
  ) -> AsyncThrowingStream<Event, any Error> {
    pictureEvents(named: "inkwell regenerate", until: stop) { report in
      let made = try PictureProvenance<Request>(contentsOf: URL(filePath: again.file))
      let source = try library.promptedModel(again.model ?? made.request.model)
      Machine.threads = made.threads
      try makeAgain(made, with: source, until: stop, report)
    }
  }
}
