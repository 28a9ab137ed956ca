internal import CTorch
internal import Foundation
internal import Synchronization

/// What LibTorch said when an operation failed.
public struct TorchError: Error, Sendable, Hashable, CustomStringConvertible {
  /// LibTorch's own message.
  public let description: String

  /// Whether memory was lacking, of the machine or of a card.
  public var isOutOfMemory: Bool {
    description.contains("can't allocate memory") || description.contains("out of memory")
  }

  init(_ message: String) {
    description = message
  }
}

/// Runs `body` and throws the first error of a tensor operation in it.
///
/// After a failed operation the rest of `body` runs on tensors without a value, whose shape is
/// empty and whose operations do nothing, so its results must not leave the block by other ways
/// than its return. Blocks nest; each throws what happened in it. It must not suspend.
public func checked<Result>(_ body: () throws -> Result) throws -> Result {
  let box = ErrorBox()
  let result: Result
  do {
    result = try ErrorBox.$current.withValue(box, operation: body)
  } catch {
    throw box.first ?? error
  }
  if let error = box.first { throw error }
  return result
}

/// The first error inside a ``checked(_:)`` block.
final class ErrorBox: Sendable {
  @TaskLocal static var current: ErrorBox?

  private let error = Mutex<TorchError?>(nil)

  var first: TorchError? { error.withLock { $0 } }

  func record(_ new: TorchError) {
    error.withLock { $0 = $0 ?? new }
  }
}

/// Keeps the error for the enclosing ``checked(_:)``; outside one it ends the program.
func record(_ error: TorchError) {
  guard let box = ErrorBox.current else {
    FileHandle.standardError.write(
      Data("A tensor operation failed outside Torch.checked: \(error)\n".utf8))
    preconditionFailure(error.description)
  }
  box.record(error)
}

/// Records what LibTorch said if a call failed.
func check(_ succeeded: Bool) {
  if !succeeded { recordLast() }
}

/// The tensor that a call returned; without a value if it failed.
func result(_ pointer: OpaquePointer?) -> Tensor {
  if pointer == nil { recordLast() }
  return Tensor(owning: pointer)
}

private func recordLast() {
  guard let text = ct_take_error() else { return }
  defer { free(text) }
  record(TorchError(String(cString: text)))
}
