internal import Torch

/// Makes pictures of prompts.
///
/// ```swift
/// let request = try Generate.Request(prompts: ["a slice of watermelon"], seed: 7)
/// for try await event in Generate()(request) {
///   if case .image(let picture) = event { try picture.save(to: URL(filePath: "melon.png")) }
/// }
/// ```
public struct Generate: Sendable {
  /// Where models are found.
  public var library: ModelLibrary
  /// The number of pictures that are made at a time, at least 1.
  public var batchSize: Int
  /// The threads of one operation; Torch's `Machine.standardThreads` if not given.
  public var threads: Int?
  /// How a run goes besides.
  public var run = RunSettings()

  /// The task.
  ///
  /// - Parameters:
  ///   - library: Where models are found.
  ///   - batchSize: The number of pictures that are made at a time, at least 1. Pictures do not
  ///     depend on it but for the rounding of float32, which changes a pixel by 1/255 at most.
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
    pictureEvents(named: "inkwell generate", until: stop) { report in
      let source = try library.promptedModel(request.model)
      Machine.threads = threads ?? Machine.standardThreads
      try make(request, with: source, batchSize: batchSize, run: run, until: stop, report)
    }
  }
}
