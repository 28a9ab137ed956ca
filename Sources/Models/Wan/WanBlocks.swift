package import Layers
package import Torch

/// Scaling of the channels of a place to a root mean square of 1.
///
/// Zhang and Sennrich 2019, https://arxiv.org/abs/1910.07467, over the channels, which come first;
/// nothing is added to the mean square. diffusers' `WanRMS_norm`.
package struct ChannelRMSNorm: Sendable {
  private let gamma: Tensor

  /// - Parameters:
  ///   - scope: Where `gamma` is, `[channels, 1, 1]`, or with one dimension more.
  ///   - channels: The channels.
  ///   - dimensions: Those of a place: two of pictures, three of clips.
  package init(_ scope: Scope, _ channels: Int, dimensions: Int) {
    let ones = Array(repeating: 1, count: dimensions)
    gamma = scope.parameter("gamma", [channels] + ones, .constant(1))
  }

  /// - Parameter x: `[batch, channels, …]`.
  /// - Returns: The same shape.
  package func callAsFunction(_ x: Tensor) -> Tensor {
    let wide = x.dtype.byteCount < 4 ? x.converted(to: .float32) : x
    let length = wide.vectorNorm(order: 2, dims: [1], keepingDims: true).clamped(min: 1e-12)
    let scale = Double(x.shape[1]).squareRoot()
    return (wide / length).converted(to: x.dtype) * scale * gamma
  }
}

/// Two causal convolutions around what came in.
package struct WanResidualBlock: Sendable {
  private let norm1: ChannelRMSNorm
  private let conv1: CausalConv3d
  private let norm2: ChannelRMSNorm
  private let conv2: CausalConv3d
  private let shortcut: Conv3d?

  package init(_ scope: Scope, _ channels: Int, _ outputs: Int) {
    norm1 = ChannelRMSNorm(scope / "norm1", channels, dimensions: 3)
    conv1 = CausalConv3d(scope / "conv1", channels, outputs)
    norm2 = ChannelRMSNorm(scope / "norm2", outputs, dimensions: 3)
    conv2 = CausalConv3d(scope / "conv2", outputs, outputs)
    shortcut =
      channels == outputs
      ? nil : Conv3d(scope / "conv_shortcut", channels, outputs, kernel: [1, 1, 1])
  }

  /// - Parameters:
  ///   - x: `[batch, channels, frames, height, width]`.
  ///   - past: What was before.
  /// - Returns: `[batch, outputs, frames, height, width]`.
  package func callAsFunction(_ x: Tensor, past: inout PastFrames) -> Tensor {
    let h = conv1(silu(norm1(x)), past: &past)
    return conv2(silu(norm2(h)), past: &past) + (shortcut?(x) ?? x)
  }
}

/// Attention of the places of each frame to one another, by one head.
package struct FrameAttention: Sendable {
  private let norm: ChannelRMSNorm
  private let qkv: Conv2d
  private let projection: Conv2d

  package init(_ scope: Scope, _ channels: Int) {
    norm = ChannelRMSNorm(scope / "norm", channels, dimensions: 2)
    qkv = Conv2d(scope / "to_qkv", channels, 3 * channels, kernel: 1)
    projection = Conv2d(scope / "proj", channels, channels, kernel: 1)
  }

  /// - Parameter x: `[batch, channels, frames, height, width]`.
  /// - Returns: The same shape.
  package func callAsFunction(_ x: Tensor) -> Tensor {
    let pictures = x.asPictures
    let parts = qkv(norm(pictures)).flattened(from: 2, to: 3).transposed(1, 2).chunked(3, dim: -1)
    guard parts.count == 3 else { return x }
    let mixed = multiHeadAttention(query: parts[0], key: parts[1], value: parts[2], heads: 1)
    let rows = mixed.transposed(1, 2).reshaped(pictures.shape.sizes)
    return projection(rows).asClips(batch: x.shape[0]) + x
  }
}

/// Two residual blocks around an attention, where the resolution is lowest.
package struct WanMiddle: Sendable {
  private let first: WanResidualBlock
  private let attention: FrameAttention
  private let second: WanResidualBlock

  package init(_ scope: Scope, _ channels: Int) {
    first = WanResidualBlock(scope / "resnets" / 0, channels, channels)
    attention = FrameAttention(scope / "attentions" / 0, channels)
    second = WanResidualBlock(scope / "resnets" / 1, channels, channels)
  }

  /// - Parameters:
  ///   - x: `[batch, channels, frames, height, width]`.
  ///   - past: What was before.
  /// - Returns: The same shape.
  package func callAsFunction(_ x: Tensor, past: inout PastFrames) -> Tensor {
    let h = first(x, past: &past)
    return second(attention(h), past: &past)
  }
}
