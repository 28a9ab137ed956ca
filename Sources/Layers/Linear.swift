public import Torch

/// An affine map of the last dimension: `y = x Aᵀ + b`.
public struct Linear: Sendable {
  let weight: Tensor
  let bias: Tensor?

  /// A linear layer with the weights `weight`, `[outputs, inputs]`, and `bias`, `[outputs]`.
  public init(
    _ scope: Scope, _ inputs: Int, _ outputs: Int, bias: Bool = true,
    initializer: Initializer? = nil
  ) {
    let standard = Initializer.standard(inputs: inputs)
    weight = scope.parameter("weight", [outputs, inputs], initializer ?? standard)
    self.bias =
      bias
      ? scope.parameter("bias", [outputs], initializer == nil ? standard : .constant(0)) : nil
  }

  /// - Parameter x: `[…, inputs]`.
  /// - Returns: `[…, outputs]`.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    x.linear(weight, bias: bias)
  }
}

/// A table of vectors by number.
public struct Embedding: Sendable {
  let weight: Tensor

  /// A table with the weights `weight`, `[count, channels]`.
  public init(
    _ scope: Scope, _ count: Int, _ channels: Int, initializer: Initializer = .normal(1)
  ) {
    weight = scope.parameter("weight", [count, channels], initializer)
  }

  /// - Parameter indices: Whole numbers below the count, `[…]`.
  /// - Returns: The vectors, `[…, channels]`.
  public func callAsFunction(_ indices: Tensor) -> Tensor {
    weight.embedding(indices)
  }
}
