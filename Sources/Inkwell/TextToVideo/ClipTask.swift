internal import Foundation
internal import Torch

/// A request for a clip, which the file of the clip carries.
public protocol ClipRequest: Codable, Sendable, Hashable {
  /// The task that makes it, as the file names it.
  static var task: String { get }

  /// The same request of another model.
  func with(model: String) throws -> Self
}

/// A task that makes a clip, and that makes it again from what its file says.
public protocol ClipTask: Sendable {
  /// What it is asked for.
  associatedtype Request: ClipRequest

  /// The threads of one operation; the standard number if not given.
  var threads: Int? { get }

  /// Makes the clip on this thread.
  ///
  /// - Parameters:
  ///   - request: What to make.
  ///   - expected: How it was made before, if it is to be made again.
  ///   - stop: Ends the making with a `CancellationError` after the step that it is at.
  ///   - report: Told what happens, and given the clip.
  /// - Throws: What goes wrong, ``ModelError`` among it, and ``ProvenanceError`` for what is not as
  ///   it was before.
  func make(
    _ request: Request, expected: ClipProvenance<Request>?, until stop: StopSignal,
    _ report: @escaping (VideoEvent<Request>) -> Void
  ) throws
}

extension ClipTask {
  /// Makes the clip on a thread of its own.
  ///
  /// - Parameters:
  ///   - request: What to make.
  ///   - stop: Ends the run with a `CancellationError` after the step that it is at. So does the
  ///     cancellation of the task that reads the events, which however does not wait for that.
  /// - Returns: What happens, and the clip when it is ready; or what goes wrong.
  public func callAsFunction(
    _ request: Request, until stop: StopSignal = StopSignal()
  ) -> AsyncThrowingStream<VideoEvent<Request>, any Error> {
    taskEvents(named: "inkwell \(Request.task)", until: stop) { report in
      Machine.threads = threads ?? Machine.standardThreads
      try make(request, expected: nil, until: stop, report)
    }
  }

  /// Makes a clip again with as many threads as the first time.
  ///
  /// - Parameters:
  ///   - again: Which clip to make again; one that this task made.
  ///   - stop: Ends the run with a `CancellationError` after the step that it is at.
  /// - Returns: What happens, and the clip; or what goes wrong, ``ProvenanceError`` and
  ///   ``ModelError`` among it.
  public func callAsFunction(
    _ again: Regenerate.Request, until stop: StopSignal = StopSignal()
  ) -> AsyncThrowingStream<VideoEvent<Request>, any Error> {
    taskEvents(named: "inkwell regenerate", until: stop) { report in
      let made = try ClipProvenance<Request>(contentsOf: URL(filePath: again.file))
      Machine.threads = made.threads
      let request = try again.model.map { try made.request.with(model: $0) } ?? made.request
      try make(request, expected: made, until: stop, report)
    }
  }
}
