package import Layers
package import Torch

/// The half of an autoencoder that turns latents into pictures.
package struct AutoencoderDecoder: Sendable {
  let convIn: Conv2d
  let middle: AutoencoderMiddle
  let stages: [Stage]
  let normOut: GroupNorm
  let convOut: Conv2d
  let patchSize: Int

  /// The blocks at one resolution and the way to the next.
  struct Stage {
    let resnets: [ResidualBlock]
    let upsampler: Conv2d?
  }

  package init(_ scope: Scope, _ configuration: AutoencoderKLConfiguration) {
    let widths = Array(configuration.blockOutChannels.reversed())
    let groups = configuration.normNumGroups
    convIn = Conv2d(
      scope / "conv_in", configuration.latentChannels, widths[0], kernel: 3, padding: 1)
    middle = AutoencoderMiddle(
      scope / "mid_block", channels: widths[0], groups: groups,
      hasAttention: configuration.midBlockAddAttention)
    stages = widths.indices.map { level in
      let place = scope / "up_blocks" / level
      let incoming = widths[max(level - 1, 0)]
      let resnets = (0...configuration.layersPerBlock).map { index in
        ResidualBlock(
          place / "resnets" / index,
          channels: (index == 0 ? incoming : widths[level], widths[level]), groups: groups,
          eps: 1e-6)
      }
      let upsampler =
        level == widths.count - 1
        ? nil
        : Conv2d(
          place / "upsamplers" / 0 / "conv", widths[level], widths[level], kernel: 3, padding: 1)
      return Stage(resnets: resnets, upsampler: upsampler)
    }
    let last = widths[widths.count - 1]
    normOut = GroupNorm(scope / "conv_norm_out", last, groups: groups, eps: 1e-6)
    patchSize = configuration.patchSize
    convOut = Conv2d(
      scope / "conv_out", last, configuration.outChannels * patchSize * patchSize, kernel: 3,
      padding: 1)
  }

  /// - Parameter z: `[batch, latentChannels, height, width]`.
  /// - Returns: `[batch, channels, reduction · height, reduction · width]`.
  package func callAsFunction(_ z: Tensor) -> Tensor {
    var h = middle(convIn(z))
    for stage in stages {
      for resnet in stage.resnets { h = resnet(h) }
      if let upsampler = stage.upsampler {
        h = upsampler(h.upsampledNearest2d(size: nil, scale: [2, 2]))
      }
    }
    let y = convOut(normOut.silu(h))
    return patchSize == 1 ? y : y.pixelShuffled(patchSize)
  }
}
