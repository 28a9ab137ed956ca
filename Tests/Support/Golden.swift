internal import Checkpoints
package import Foundation
package import Torch

/// A fixture beside a test: tensors that the reference computed.
package struct Golden: Sendable {
  private let checkpoint: Checkpoint

  /// Opens a fixture.
  ///
  /// - Parameters:
  ///   - path: A safetensors file, from the folder of the test's source.
  ///   - test: The test's source.
  /// - Throws: `CheckpointError` if there is no sound file.
  package init(_ path: String, beside test: String = #filePath) throws {
    checkpoint = try Checkpoint(contentsOf: Self.file(path, beside: test))
  }

  /// The names of all tensors.
  package var names: [String] { checkpoint.names }

  /// The tensor of that name.
  package subscript(name: String) -> Tensor {
    get throws { try checkpoint.tensor(name) }
  }

  /// The tensors whose names begin with `prefix` and a dot, under the rest of their names.
  package func tensors(_ prefix: String) throws -> [String: Tensor] {
    let start = prefix + "."
    let names = checkpoint.names.filter { $0.hasPrefix(start) }
    return try Dictionary(
      uniqueKeysWithValues: names.map { (String($0.dropFirst(start.count)), try self[$0]) })
  }

  /// The place of a fixture.
  package static func file(_ path: String, beside test: String = #filePath) -> URL {
    URL(filePath: test).deletingLastPathComponent().appending(path: path)
  }
}

/// The largest difference of two elements at the same place; infinite if the shapes differ, and
/// not a number, which no tolerance admits, if an element is not.
package func distance(_ a: Tensor, _ b: Tensor) -> Double {
  guard a.shape == b.shape else { return .infinity }
  guard a.count > 0 else { return 0 }
  return (a.converted(to: .float64) - b.converted(to: .float64)).absolute().maximum().item()
}

/// The ``distance(_:_:)`` as a part of the largest element of `b`, the one that is right.
package func relativeDistance(_ a: Tensor, _ b: Tensor) -> Double {
  distance(a, b) / max(b.converted(to: .float64).absolute().maximum().item(), .leastNormalMagnitude)
}
