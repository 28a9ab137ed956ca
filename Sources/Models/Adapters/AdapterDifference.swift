internal import Torch

/// What an adapter changes of one weight, with its numbers at hand.
struct AdapterDifference: Sendable {
  /// The lengths that the rows or the columns of the changed weight are given: DoRA.
  struct Lengths: Sendable {
    let numbers: Tensor
    /// Whether each is of an output; what has as many numbers as there are outputs is so anyway.
    let isOfOutputs: Bool
  }

  let factors: AdapterProduct<Tensor>
  let lengths: Lengths?
  /// What the product is multiplied by: α over the rank.
  let scale: Double
  /// How much of the change is made.
  let strength: Double

  /// What is to be added to a weight: `s · (W' − W)`.
  ///
  /// `W' = W + α / r · Δ`, or with magnitudes `m (W + α / r · Δ) / ‖W + α / r · Δ‖`, the norm of
  /// every output or of every input. A strength of 0 is `W` and one of 1 is `W'`, with magnitudes
  /// too; PEFT scales `Δ` below the norm instead, which for a strength of 1 is the same.
  ///
  /// - Parameter weight: The module's own weight, in the type of the numbers.
  /// - Returns: The difference.
  func callAsFunction(_ weight: Tensor) -> Tensor {
    let shape = weight.shape.sizes
    let added = factors().reshaped(shape) * scale
    guard let lengths else { return added * strength }
    let isOfOutputs = lengths.isOfOutputs || lengths.numbers.shape.sizes.first == shape.first
    let kept = isOfOutputs ? 0 : 1
    let changed = weight + added
    // A row of zeros has no direction; the number keeps it one of zeros.
    let norm =
      changed.vectorNorm(dims: shape.indices.filter { $0 != kept }, keepingDims: true)
      + Double(Float.ulpOfOne)
    let ones = shape.indices.map { $0 == kept ? shape[$0] : 1 }
    return (changed * (lengths.numbers.reshaped(ones) / norm) - weight) * strength
  }
}
