package import Layers
package import Torch

/// A residual block of an autoencoder, without a timestep.
package struct AutoencoderResidualBlock: Sendable {
  let norm1: GroupNorm
  let conv1: Conv2d
  let norm2: GroupNorm
  let conv2: Conv2d
  let shortcut: Conv2d?

  package init(_ scope: Scope, channels: Int, outputs: Int, groups: Int) {
    norm1 = GroupNorm(scope / "norm1", channels, groups: groups, eps: 1e-6)
    conv1 = Conv2d(scope / "conv1", channels, outputs, kernel: 3, padding: 1)
    norm2 = GroupNorm(scope / "norm2", outputs, groups: groups, eps: 1e-6)
    conv2 = Conv2d(scope / "conv2", outputs, outputs, kernel: 3, padding: 1)
    shortcut =
      channels == outputs
      ? nil : Conv2d(scope / "conv_shortcut", channels, outputs, kernel: 1)
  }

  /// - Parameter x: `[batch, channels, height, width]`.
  /// - Returns: `[batch, outputs, height, width]`.
  package func callAsFunction(_ x: Tensor) -> Tensor {
    let h = conv2(silu(norm2(conv1(silu(norm1(x))))))
    return (shortcut?(x) ?? x) + h
  }
}

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
  let resnet0: AutoencoderResidualBlock
  let attention: AutoencoderAttention?
  let resnet1: AutoencoderResidualBlock

  package init(_ scope: Scope, channels: Int, groups: Int, hasAttention: Bool) {
    func block(_ index: Int) -> AutoencoderResidualBlock {
      AutoencoderResidualBlock(
        scope / "resnets" / index, channels: channels, outputs: channels, groups: groups)
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
