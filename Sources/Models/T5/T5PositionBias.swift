internal import Foundation
internal import Layers
internal import Torch

/// What is added to the score of two tokens for the distance between them.
///
/// Raffel et al. 2020, section 2.1, https://arxiv.org/abs/1910.10683. Half of the groups are for
/// tokens behind; of each half, the first are for single distances and the rest for ranges that
/// grow geometrically.
struct T5PositionBias: Sendable {
  let biases: Embedding
  let groups: Int
  let greatest: Int

  init(_ scope: Scope, _ configuration: T5Configuration) {
    groups = configuration.relativeAttentionNumBuckets
    greatest = configuration.relativeAttentionMaxDistance
    let deviation = 1 / Double(configuration.dModel).squareRoot()
    biases = Embedding(scope, groups, configuration.numHeads, initializer: .normal(deviation))
  }

  /// - Parameter length: The number of tokens.
  /// - Returns: The biases, `[1, heads, length, length]`.
  func callAsFunction(length: Int) -> Tensor {
    let indices = (0..<length).flatMap { query in (0..<length).map { group(of: $0 - query) } }
    return biases(Tensor(indices, shape: [length, length])).permuted(2, 0, 1).unsqueezed(0)
  }

  /// The group of the distance from a token to one that it attends to.
  func group(of distance: Int) -> Int {
    let half = groups / 2
    let (singles, start) = (half / 2, distance > 0 ? half : 0)
    let size = abs(distance)
    guard size >= singles else { return start + size }
    // In float32, as the reference has it: a logarithm on the edge of a group falls as it does
    // there.
    let step =
      log(Float(size) / Float(singles)) / Float(log(Double(greatest) / Double(singles)))
      * Float(half - singles)
    return start + min(singles + Int(step), half - 1)
  }
}
