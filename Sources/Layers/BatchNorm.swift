public import Torch

/// Normalization of channels by the mean and variance that training found, as inference has it.
///
/// Ioffe and Szegedy 2015, algorithm 2, https://arxiv.org/abs/1502.03167.
public struct BatchNorm: Sendable {
  let weight: Tensor
  let bias: Tensor
  let mean: Tensor
  let variance: Tensor
  let eps: Double

  /// A normalization with the weights `weight`, `bias`, `running_mean` and `running_var`, all
  /// `[channels]`, and PyTorch's `num_batches_tracked`, `[]`, which nothing depends on.
  public init(_ scope: Scope, _ channels: Int, eps: Double = 1e-5) {
    weight = scope.parameter("weight", [channels], .constant(1))
    bias = scope.parameter("bias", [channels], .constant(0))
    // Training leaves them as they are.
    mean = scope.parameter("running_mean", [channels], .constant(0)).detached()
    variance = scope.parameter("running_var", [channels], .constant(1)).detached()
    _ = scope.parameter("num_batches_tracked", [], .constant(0))
    self.eps = eps
  }

  /// - Parameter x: `[batch, channels, …]`.
  /// - Returns: The same shape.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    x.batchNorm(
      weight: weight, bias: bias, mean: mean, variance: variance, training: false, momentum: 0,
      eps: eps)
  }
}
