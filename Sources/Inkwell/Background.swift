internal import Foundation
internal import Synchronization

/// A value that another thread works out meanwhile.
final class Background<Value: Sendable>: Sendable {
  private let result = Mutex<Result<Value, any Error>?>(nil)
  private let isDone = DispatchGroup()

  /// Begins to work it out.
  init(_ make: @escaping @Sendable () throws -> Value) {
    isDone.enter()
    Thread.detachNewThread { [self] in
      let made = Result { try make() }
      result.withLock { $0 = made }
      isDone.leave()
    }
  }

  /// The value, as soon as it is there; throws what working it out threw.
  func value() throws -> Value {
    isDone.wait()
    guard let made = result.withLock({ $0 }) else { throw CancellationError() }
    return try made.get()
  }
}
