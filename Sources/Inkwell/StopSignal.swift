internal import Synchronization

/// The wish that a task ends after the step that it is at; from any thread.
public final class StopSignal: Sendable {
  private let isSet = Atomic(false)

  /// A signal that has not been given.
  public init() {}

  /// Gives the signal.
  public func request() {
    isSet.store(true, ordering: .relaxed)
  }

  /// Whether the signal has been given.
  public var isRequested: Bool { isSet.load(ordering: .relaxed) }

  /// Throws `CancellationError` once the signal has been given.
  func check() throws {
    if isRequested { throw CancellationError() }
  }
}
