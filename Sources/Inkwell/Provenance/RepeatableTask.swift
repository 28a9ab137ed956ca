public import Foundation
internal import Torch

/// How something was made: what its file carries so that it can be made again.
public protocol MakingRecord: Sendable {
  /// What was asked for.
  associatedtype Request: Sendable
  /// The task that made it, as the record names it.
  static var task: String { get }
  /// What was asked for.
  var request: Request { get }
  /// The threads of one operation.
  var threads: Int { get }

  /// Reads what a file carries.
  ///
  /// - Parameter url: A file of the kind that the task makes.
  /// - Throws: ``ProvenanceError`` where it does not say how Inkwell made it, or what is wrong with
  ///   the file.
  init(contentsOf url: URL) throws
}

/// A task that makes something by a model of the library, and makes it again from its record.
public protocol RepeatableTask: Sendable {
  /// What a file that was made carries.
  associatedtype Record: MakingRecord
  /// What happens while something is made.
  associatedtype Event: Sendable

  /// The threads of one operation where none are asked for.
  static var usualThreads: Int { get }
  /// The threads of one operation; ``usualThreads`` if not given.
  var threads: Int? { get }

  /// Makes what is asked for on this thread.
  ///
  /// - Parameters:
  ///   - request: What to make.
  ///   - name: The name or the path of another model than the request's.
  ///   - expected: How it was made before, if it is to be made again.
  ///   - stop: Ends the making with a `CancellationError` after the step that it is at.
  ///   - report: Told what happens, and given what is made.
  /// - Throws: What goes wrong, ``ModelError`` among it, and ``ProvenanceError`` for what is not as
  ///   it was before.
  func make(
    _ request: Record.Request, by name: String?, expected: Record?, until stop: StopSignal,
    _ report: @escaping (Event) -> Void
  ) throws
}

extension RepeatableTask {
  /// Torch's `Machine.standardThreads`.
  public static var usualThreads: Int { Machine.standardThreads }

  /// Makes what is asked for on a thread of its own.
  ///
  /// - Parameters:
  ///   - request: What to make.
  ///   - stop: Ends the run with a `CancellationError` after the step that it is at. So does the
  ///     cancellation of the task that reads the events, which however does not wait for that.
  /// - Returns: What happens, and what is made as it is ready; or what goes wrong.
  public func callAsFunction(
    _ request: Record.Request, until stop: StopSignal = StopSignal()
  ) -> AsyncThrowingStream<Event, any Error> {
    taskEvents(named: "inkwell \(Record.task)", until: stop) { report in
      Machine.threads = threads ?? Self.usualThreads
      try make(request, by: nil, expected: nil, until: stop, report)
    }
  }

  /// Makes something again with as many threads as the first time.
  ///
  /// - Parameters:
  ///   - again: The file of what to make again; one that this task made.
  ///   - stop: Ends the run with a `CancellationError` after the step that it is at.
  /// - Returns: What happens, and what is made; or what goes wrong, ``ProvenanceError`` and
  ///   ``ModelError`` among it.
  public func callAsFunction(
    _ again: Regenerate.Request, until stop: StopSignal = StopSignal()
  ) -> AsyncThrowingStream<Event, any Error> {
    taskEvents(named: "inkwell regenerate", until: stop) { report in
      let made = try Record(contentsOf: URL(filePath: again.file))
      Machine.threads = made.threads
      try make(made.request, by: again.model, expected: made, until: stop, report)
    }
  }
}
