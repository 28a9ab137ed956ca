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
  ///   - stop: Ends the run with a `CancellationError` after the step that it is at.
  /// - Returns: What happens, and the pictures as they are ready; or what goes wrong.
  public func callAsFunction(
    _ request: Request, until stop: StopSignal = StopSignal()
  ) -> AsyncThrowingStream<Event, any Error> {
    taskEvents(named: "inkwell redraw", until: stop) { report in
      try workshop.make(request, until: stop, report)
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
    taskEvents(named: "inkwell regenerate", until: stop) { report in
      try workshop.makeAgain(again, until: stop, report)
    }
  }
}
