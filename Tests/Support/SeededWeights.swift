internal import Checkpoints
package import Foundation
package import Torch

/// Weights that a golden script drew from a seed, so that none are stored.
package struct SeededWeights: Decodable, Sendable {
  private let seed: UInt64
  private let shapes: [String: [Int]]

  /// Reads the seed, and the names and shapes that the reference has.
  package init(contentsOf url: URL) throws {
    self = try JSONDecoder().decode(Self.self, from: Data(contentsOf: url))
  }

  /// What `seeded` in `unet2d_condition.py` draws.
  package func draw() -> [String: Tensor] {
    let generator = Generator(seed: seed)
    var weights: [String: Tensor] = [:]
    for (name, shape) in shapes.sorted(by: { $0.key < $1.key }) {
      let noise = generator.normal(shape)
      weights[name] =
        shape.count > 1
        ? noise / Double(shape.dropFirst().reduce(1, *)).squareRoot()
        : noise * 0.3 + (name.hasSuffix("weight") ? 1.0 : 0.0)
    }
    return weights
  }

  /// Writes the weights as safetensors.
  ///
  /// - Parameters:
  ///   - url: The file.
  ///   - change: Changes them before.
  /// - Throws: What writing throws.
  package func write(to url: URL, changing change: (inout [String: Tensor]) -> Void = { _ in })
    throws
  {
    var weights = draw()
    change(&weights)
    try Safetensors.write(
      weights.sorted { $0.key < $1.key }.map { Safetensors.Draft($0.key, $0.value) },
      metadata: [:], to: url)
  }
}
