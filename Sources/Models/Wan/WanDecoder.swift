package import Layers
package import Torch

/// The half of the autoencoder that turns latents into frames.
package struct WanDecoder: Sendable {
  private let convIn: CausalConv3d
  private let middle: WanMiddle
  private let stages: [Stage]
  private let normOut: ChannelRMSNorm
  private let convOut: CausalConv3d

  /// The blocks at one resolution and the way to the next.
  private struct Stage: Sendable {
    let blocks: [WanResidualBlock]
    let upsampling: WanUpsampling?
  }

  package init(_ scope: Scope, _ configuration: WanAutoencoderConfiguration) {
    let base = configuration.decoderBaseDim ?? configuration.baseDim
    let widths = configuration.dimMult.reversed().map { $0 * base }
    let inTime = Array(configuration.temperalDownsample.reversed())
    convIn = CausalConv3d(scope / "conv_in", configuration.zDim, widths[0])
    middle = WanMiddle(scope / "mid_block", widths[0])
    stages = widths.indices.map { level in
      let place = scope / "up_blocks" / level
      let width = widths[level]
      // The way between two resolutions halves the channels.
      let channels = level == 0 ? width : widths[level - 1] / 2
      let blocks = (0...configuration.numResBlocks).map {
        WanResidualBlock(place / "resnets" / $0, $0 == 0 ? channels : width, width)
      }
      let upsampling =
        level == widths.count - 1
        ? nil
        : WanUpsampling(place / "upsamplers" / 0, width, width / 2, isInTime: inTime[level])
      return Stage(blocks: blocks, upsampling: upsampling)
    }
    let last = widths[widths.count - 1]
    normOut = ChannelRMSNorm(scope / "norm_out", last, dimensions: 3)
    convOut = CausalConv3d(scope / "conv_out", last, configuration.outChannels)
  }

  /// The next part of a clip.
  ///
  /// - Parameters:
  ///   - z: `[batch, zDim, frames, height, width]`: one frame at first.
  ///   - past: What was before.
  /// - Returns: `[batch, channels, frames, height, width]`, each enlarged.
  package func callAsFunction(_ z: Tensor, past: inout PastFrames) -> Tensor {
    past.nextPart()
    var h = middle(convIn(z, past: &past), past: &past)
    for stage in stages {
      for block in stage.blocks { h = block(h, past: &past) }
      if let upsampling = stage.upsampling { h = upsampling(h, past: &past) }
    }
    return convOut(silu(normOut(h)), past: &past)
  }
}
