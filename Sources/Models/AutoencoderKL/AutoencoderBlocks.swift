package import Layers
package import Torch

/// Attention of one head among all places of a picture.
package struct AutoencoderAttention: Sendable {
  let norm: GroupNorm
  let attention: Attention

  package init(_ scope: Scope, channels: Int, groups: Int) {
    norm = GroupNorm(scope / "group_norm", channels, groups: groups, eps: 1e-6)
    attention = Attention(scope, channels: channels, heads: 1)
  }

  /// - Parameter x: `[batch, channels, height, width]`.
  /// - Returns: The same shape.
  package func callAsFunction(_ x: Tensor) -> Tensor {
    let tokens = norm(x).flattened(from: 2, to: 3).transposed(1, 2)
    return x + attention(tokens).transposed(1, 2).reshaped(x.shape.sizes)
  }
}

/// Two residual blocks around attention, at the coarsest resolution.
package struct AutoencoderMiddle: Sendable {
  let resnet0: ResidualBlock
  let attention: AutoencoderAttention?
  let resnet1: ResidualBlock

  package init(_ scope: Scope, channels: Int, groups: Int, hasAttention: Bool) {
    func block(_ index: Int) -> ResidualBlock {
      ResidualBlock(
        scope / "resnets" / index, channels: (channels, channels), groups: groups, eps: 1e-6)
    }
    resnet0 = block(0)
    attention =
      hasAttention
      ? AutoencoderAttention(scope / "attentions" / 0, channels: channels, groups: groups) : nil
    resnet1 = block(1)
  }

  package func callAsFunction(_ x: Tensor) -> Tensor {
    let h = resnet0(x)
    return resnet1(attention?(h) ?? h)
  }
}
