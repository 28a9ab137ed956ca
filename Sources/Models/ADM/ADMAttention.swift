package import Layers
package import Torch

/// An affine map of channels, written as a convolution over one dimension with a kernel of 1.
package struct PointwiseConv: Sendable {
  let weight: Tensor
  let bias: Tensor

  /// A map with the weights `weight`, `[outputs, channels, 1]`, and `bias`, `[outputs]`.
  package init(
    _ scope: Scope, _ channels: Int, _ outputs: Int, initializer: Initializer? = nil
  ) {
    let standard = Initializer.standard(inputs: channels)
    weight = scope.parameter("weight", [outputs, channels, 1], initializer ?? standard)
    bias = scope.parameter("bias", [outputs], initializer == nil ? standard : .constant(0))
  }

  /// - Parameter tokens: `[batch, tokens, channels]`.
  /// - Returns: `[batch, tokens, outputs]`.
  package func callAsFunction(_ tokens: Tensor) -> Tensor {
    tokens.linear(weight.squeezed(-1), bias: bias)
  }
}

/// Attention among tokens whose queries, keys and values stand in one tensor.
///
/// - Parameters:
///   - qkv: `[batch, tokens, 3 · channels]`.
///   - heads: The number of heads.
///   - isSplitFirst: Whether the channels are queries, keys and values, and heads in each
///     (guided-diffusion's `QKVAttention`), or heads, and queries, keys and values in each
///     (`QKVAttentionLegacy`).
/// - Returns: `[batch, tokens, channels]`.
func attention(qkv: Tensor, heads: Int, isSplitFirst: Bool) -> Tensor {
  let (batch, tokens) = (qkv.shape[0], qkv.shape[1])
  let parts =
    isSplitFirst
    ? qkv.reshaped(batch, tokens, 3, heads, -1).permuted(2, 0, 1, 3, 4)
    : qkv.reshaped(batch, tokens, heads, 3, -1).permuted(3, 0, 1, 2, 4)
  func part(_ index: Int) -> Tensor {
    parts.selected(dim: 0, index: index).reshaped(batch, tokens, -1)
  }
  return multiHeadAttention(query: part(0), key: part(1), value: part(2), heads: heads)
}

/// Attention among all places of a picture.
///
/// guided-diffusion's `AttentionBlock`; the last layer begins with zeros.
package struct ADMAttention: Sendable {
  let norm: GroupNorm
  let qkv: PointwiseConv
  let output: PointwiseConv
  let heads: Int
  let isSplitFirst: Bool

  package init(_ scope: Scope, channels: Int, _ configuration: ADMConfiguration) {
    norm = GroupNorm(scope / "norm", channels, groups: ADMBlock.groups)
    qkv = PointwiseConv(scope / "qkv", channels, 3 * channels)
    output = PointwiseConv(scope / "proj_out", channels, channels, initializer: .constant(0))
    heads = configuration.heads(channels)
    isSplitFirst = configuration.useNewAttentionOrder
  }

  /// - Parameter x: `[batch, channels, height, width]`.
  /// - Returns: The same shape.
  package func callAsFunction(_ x: Tensor) -> Tensor {
    let tokens = norm(x).flattened(from: 2).transposed(1, 2)
    let attended = attention(qkv: qkv(tokens), heads: heads, isSplitFirst: isSplitFirst)
    return x + output(attended).transposed(1, 2).reshaped(x.shape.sizes)
  }
}
