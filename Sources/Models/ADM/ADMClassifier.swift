public import Layers
public import Torch

/// A classifier of noisy pictures: the way down of a U-Net, pooled.
///
/// Dhariwal & Nichol 2021, section 4, https://arxiv.org/abs/2105.05233; equal to guided-diffusion's
/// `EncoderUNetModel`, whose names the weights have.
public struct ADMClassifier: Sendable {
  /// The sizes.
  public let configuration: ADMClassifierConfiguration
  let encoder: ADMEncoder
  let head: Head

  /// A network with the weights below `scope`.
  public init(_ scope: Scope, _ configuration: ADMClassifierConfiguration) {
    self.configuration = configuration
    encoder = ADMEncoder(scope, configuration.trunk)
    head = Head(scope / "out", configuration, channels: encoder.channels)
  }

  /// The logits of the classes.
  ///
  /// - Parameters:
  ///   - x: Noisy pictures, `[batch, inChannels, height, width]`; of the configuration's size where
  ///     the pooling is attention.
  ///   - timesteps: The number that stands for the noise level, `[batch]`.
  /// - Returns: `[batch, outChannels]`.
  public func callAsFunction(_ x: Tensor, timesteps: Tensor) -> Tensor {
    let (skips, h) = encoder(x, condition: silu(encoder.embedding(timesteps, dtype: x.dtype)))
    switch head {
    case .adaptive(let norm, let conv):
      return conv(norm.silu(h).mean(dims: [2, 3], keepingDims: true)).flattened(from: 1)
    case .attention(let norm, let pool): return pool(norm.silu(h))
    case .spatial(let first, let norm, let second):
      let features = (skips + [h]).map { $0.mean(dims: [2, 3]) }.concatenated(dim: 1)
      let hidden = first(features)
      return second(norm.map { silu($0(hidden)) } ?? hidden.relu())
    }
  }
}

extension ADMClassifier {
  /// How features become logits.
  enum Head: Sendable {
    case adaptive(GroupNorm, Conv2d)
    case attention(GroupNorm, ADMAttentionPool)
    case spatial(Linear, GroupNorm?, Linear)

    init(_ scope: Scope, _ configuration: ADMClassifierConfiguration, channels: [Int]) {
      let trunk = configuration.trunk
      let last = channels[channels.count - 1]
      func norm() -> GroupNorm { GroupNorm(scope / 0, last, groups: ADMBlock.groups) }
      func spatial(normalized: Bool) -> Head {
        .spatial(
          Linear(scope / 0, channels.reduce(last, +), 2048),
          normalized ? GroupNorm(scope / 1, 2048, groups: ADMBlock.groups) : nil,
          Linear(scope / (normalized ? 3 : 2), 2048, trunk.outChannels))
      }
      switch configuration.pool {
      case .adaptive:
        self = .adaptive(
          norm(),
          Conv2d(scope / 3, last, trunk.outChannels, kernel: 1, initializer: .constant(0)))
      case .attention: self = .attention(norm(), ADMAttentionPool(scope / 2, last, trunk))
      case .spatial: self = spatial(normalized: false)
      case .normalizedSpatial: self = spatial(normalized: true)
      }
    }
  }
}

/// Attention of the mean of all places to the places: CLIP's pooling.
///
/// Radford et al. 2021, section 2.4, https://arxiv.org/abs/2103.00020; guided-diffusion's
/// `AttentionPool2d`.
package struct ADMAttentionPool: Sendable {
  let positions: Tensor
  let qkv: PointwiseConv
  let output: PointwiseConv
  let heads: Int

  init(_ scope: Scope, _ channels: Int, _ configuration: ADMConfiguration) {
    let side = configuration.imageSize / configuration.reduction
    let deviation = 1 / Double(channels).squareRoot()
    positions = scope.parameter(
      "positional_embedding", [channels, side * side + 1], .normal(deviation))
    qkv = PointwiseConv(scope / "qkv_proj", channels, 3 * channels)
    output = PointwiseConv(scope / "c_proj", channels, configuration.outChannels)
    heads = configuration.heads(channels)
  }

  /// - Parameter x: `[batch, channels, height, width]`.
  /// - Returns: `[batch, outChannels]`.
  func callAsFunction(_ x: Tensor) -> Tensor {
    let places = x.flattened(from: 2)
    let mean = places.mean(dims: [2], keepingDims: true)
    let tokens = (concatenate(mean, places, dim: 2) + positions).transposed(1, 2)
    let mixed = attention(qkv: qkv(tokens), heads: heads, isSplitFirst: true)
    return output(mixed).selected(dim: 1, index: 0)
  }
}
