package import Layers
package import Torch

/// The half of the autoencoder that turns frames into moments of latents.
package struct WanEncoder: Sendable {
  private let convIn: CausalConv3d
  private let layers: [Layer]
  private let middle: WanMiddle
  private let normOut: ChannelRMSNorm
  private let convOut: CausalConv3d

  private enum Layer: Sendable {
    case residual(WanResidualBlock)
    case downsampling(WanDownsampling)
  }

  package init(_ scope: Scope, _ configuration: WanAutoencoderConfiguration) {
    let widths = configuration.dimMult.map { $0 * configuration.baseDim }
    var layers: [Layer] = []
    var channels = configuration.baseDim
    convIn = CausalConv3d(scope / "conv_in", configuration.inChannels, channels)
    for (level, width) in widths.enumerated() {
      for _ in 0..<configuration.numResBlocks {
        let place = scope / "down_blocks" / layers.count
        layers.append(.residual(WanResidualBlock(place, channels, width)))
        channels = width
      }
      guard level < widths.count - 1 else { continue }
      let isInTime = configuration.temperalDownsample[level]
      let place = scope / "down_blocks" / layers.count
      layers.append(.downsampling(WanDownsampling(place, width, isInTime: isInTime)))
    }
    self.layers = layers
    middle = WanMiddle(scope / "mid_block", channels)
    normOut = ChannelRMSNorm(scope / "norm_out", channels, dimensions: 3)
    convOut = CausalConv3d(scope / "conv_out", channels, 2 * configuration.zDim)
  }

  /// The next part of a clip.
  ///
  /// - Parameters:
  ///   - x: `[batch, channels, frames, height, width]`: one frame at first, a multiple of the
  ///     reduction in time later.
  ///   - past: What was before.
  /// - Returns: The moments, `[batch, 2 · zDim, frames, height, width]`, each reduced.
  package func callAsFunction(_ x: Tensor, past: inout PastFrames) -> Tensor {
    past.nextPart()
    var h = convIn(x, past: &past)
    for layer in layers {
      switch layer {
      case .residual(let block): h = block(h, past: &past)
      case .downsampling(let downsampling): h = downsampling(h, past: &past)
      }
    }
    return convOut(silu(normOut(middle(h, past: &past))), past: &past)
  }
}
