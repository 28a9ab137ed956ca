/// Makes a picture again from what its file carries: on the same machine, to the byte.
public struct Regenerate: Sendable {
  /// Which picture to make again.
  public struct Request: Codable, Sendable, Hashable {
    /// A PNG file that Inkwell made.
    public let file: String
    /// The model's name, or the path of its folder; the name in the file if not given.
    public let model: String?

    /// Names a picture.
    public init(file: String, model: String? = nil) {
      self.file = file
      self.model = model
    }
  }

  /// Where models are found.
  public var library: ModelLibrary

  /// The task.
  public init(library: ModelLibrary = .standard) {
    self.library = library
  }

  /// Makes the picture with as many threads, and in as large a batch, as the first time.
  ///
  /// - Parameters:
  ///   - request: Which picture to make again.
  ///   - stop: Ends the run with a `CancellationError` after the step that it is at.
  /// - Returns: What happens, and the picture; or what goes wrong, ``ProvenanceError`` and
  ///   ``ModelError`` among it.
  public func callAsFunction(
    _ request: Request, until stop: StopSignal = StopSignal()
  ) -> AsyncThrowingStream<Generate.Event, any Error> {
    taskEvents(named: "inkwell regenerate", until: stop) { report in
      try Workshop(library: library).makeAgain(request, until: stop, report)
    }
  }
}
