public import Torch

/// Normalization of groups of channels to mean 0 and variance 1, https://arxiv.org/abs/1803.08494.
public struct GroupNorm: Sendable {
  let weight: Tensor
  let bias: Tensor
  let groups: Int
  let eps: Double

  /// A normalization with the weights `weight` and `bias`, both `[channels]`.
  public init(_ scope: Scope, _ channels: Int, groups: Int = 32, eps: Double = 1e-5) {
    weight = scope.parameter("weight", [channels], .constant(1))
    bias = scope.parameter("bias", [channels], .constant(0))
    self.groups = groups
    self.eps = eps
  }

  /// - Parameter x: `[batch, channels, …]`.
  /// - Returns: The same shape.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    x.groupNormalized(groups: groups, weight: weight, bias: bias, eps: eps)
  }

  /// - Parameter x: `[batch, channels, …]`.
  /// - Returns: `silu` of the normalized features, in the same shape.
  public func silu(_ x: Tensor) -> Tensor {
    x.groupNormalized(groups: groups, weight: weight, bias: bias, eps: eps, isActivated: true)
  }
}

/// Normalization of the last dimension to mean 0 and variance 1, https://arxiv.org/abs/1607.06450.
public struct LayerNorm: Sendable {
  let weight: Tensor?
  let bias: Tensor?
  let channels: Int
  let eps: Double

  /// A normalization with the weights `weight` and `bias`, both `[channels]`.
  public init(_ scope: Scope, _ channels: Int, eps: Double = 1e-5) {
    weight = scope.parameter("weight", [channels], .constant(1))
    bias = scope.parameter("bias", [channels], .constant(0))
    self.channels = channels
    self.eps = eps
  }

  /// A normalization without weights.
  public init(_ channels: Int, eps: Double = 1e-5) {
    weight = nil
    bias = nil
    self.channels = channels
    self.eps = eps
  }

  /// - Parameter x: `[…, channels]`.
  /// - Returns: The same shape.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    x.layerNorm([channels], weight: weight, bias: bias, eps: eps)
  }
}

/// Scaling of the last dimension to a root mean square of 1, https://arxiv.org/abs/1910.07467.
public struct RMSNorm: Sendable {
  let weight: Tensor
  let eps: Double

  /// A scaling with the weight `weight`, `[channels]`.
  public init(_ scope: Scope, _ channels: Int, eps: Double = 1e-6) {
    weight = scope.parameter("weight", [channels], .constant(1))
    self.eps = eps
  }

  /// The mean square is taken in float32, or in float64 where the numbers have that type.
  ///
  /// - Parameter x: `[…, channels]`.
  /// - Returns: The same shape.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    let wide = x.dtype == .float64 ? x : x.converted(to: .float32)
    let meanSquare = (wide * wide).mean(dims: [-1], keepingDims: true)
    return weight * (wide * (meanSquare + eps).reciprocalSquareRoot()).converted(to: x.dtype)
  }
}
