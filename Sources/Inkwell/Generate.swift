/// Makes pictures of prompts.
///
/// ```swift
/// let request = try Generate.Request(prompts: ["a slice of watermelon"], seed: 7)
/// for try await event in Generate()(request) {
///   if case .image(let picture) = event { try picture.save(to: URL(filePath: "melon.png")) }
/// }
/// ```
public struct Generate: Sendable {
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
    taskEvents(named: "inkwell generate", until: stop) { report in
      try workshop.make(request, until: stop, report)
    }
  }
}
