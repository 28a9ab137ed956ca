internal import Torch

/// What is added to a linear layer by two small trained matrices: `y = W x + (α / r) B A x`.
///
/// Hu et al. 2021, section 4.1, https://arxiv.org/abs/2106.09685. `A` begins as PEFT draws it,
/// uniform within `1 / sqrt(inputs)`, and `B` as zeros, so that nothing is added at first.
package struct LowRank: Sendable {
  /// `A`, `[rank, inputs]`.
  private let down: Tensor
  /// `B`, `[outputs, rank]`.
  private let up: Tensor
  /// `α / r`.
  private let scale: Double

  /// The addition with the weights `lora_A.weight` and `lora_B.weight`.
  ///
  /// - Parameters:
  ///   - scope: The place of the layer that it is added to.
  ///   - inputs: The layer's inputs.
  ///   - outputs: The layer's outputs.
  ///   - rank: The rows of `A`, at least 1.
  ///   - alpha: How strongly it acts, over the rank.
  package init(_ scope: Scope, _ inputs: Int, _ outputs: Int, rank: Int, alpha: Double) {
    down = scope.parameter("lora_A.weight", [rank, inputs], .standard(inputs: inputs))
    up = scope.parameter("lora_B.weight", [outputs, rank], .constant(0))
    scale = alpha / Double(rank)
  }

  /// - Parameter x: `[…, inputs]`.
  /// - Returns: What is added to the layer's result, `[…, outputs]`.
  func callAsFunction(_ x: Tensor) -> Tensor {
    x.linear(down, bias: nil).linear(up, bias: nil) * scale
  }
}
