package import Layers
package import Torch

/// The half of an autoencoder that turns pictures into moments of latents.
package struct AutoencoderEncoder: Sendable {
  let patchSize: Int
  let convIn: Conv2d
  let stages: [Stage]
  let middle: AutoencoderMiddle
  let normOut: GroupNorm
  let convOut: Conv2d
  let wrapping: Wrapping?

  /// The blocks at one resolution and the way to the next.
  struct Stage {
    let resnets: [ResidualBlock]
    let downsampler: Conv2d?
  }

  package init(_ scope: Scope, _ configuration: AutoencoderKLConfiguration) {
    let widths = configuration.blockOutChannels
    let groups = configuration.normNumGroups
    let last = widths[widths.count - 1]
    patchSize = configuration.patchSize
    wrapping = scope.wrapping
    convIn = Conv2d(
      scope / "conv_in", configuration.inChannels * patchSize * patchSize, widths[0], kernel: 3,
      padding: 1)
    stages = widths.indices.map { level in
      let place = scope / "down_blocks" / level
      let incoming = widths[max(level - 1, 0)]
      let resnets = (0..<configuration.layersPerBlock).map { index in
        ResidualBlock(
          place / "resnets" / index,
          channels: (index == 0 ? incoming : widths[level], widths[level]), groups: groups,
          eps: 1e-6)
      }
      let downsampler =
        level == widths.count - 1
        ? nil
        : Conv2d(
          place / "downsamplers" / 0 / "conv", widths[level], widths[level], kernel: 3, stride: 2)
      return Stage(resnets: resnets, downsampler: downsampler)
    }
    middle = AutoencoderMiddle(
      scope / "mid_block", channels: last, groups: groups,
      hasAttention: configuration.midBlockAddAttention)
    normOut = GroupNorm(scope / "conv_norm_out", last, groups: groups, eps: 1e-6)
    convOut = Conv2d(
      scope / "conv_out", last, 2 * configuration.latentChannels, kernel: 3, padding: 1)
  }

  /// - Parameter x: `[batch, channels, height, width]`.
  /// - Returns: `[batch, 2 · latentChannels, height / reduction, width / reduction]`.
  package func callAsFunction(_ x: Tensor) -> Tensor {
    var h = convIn(patchSize == 1 ? x : x.pixelUnshuffled(patchSize))
    for stage in stages {
      for resnet in stage.resnets { h = resnet(h) }
      if let downsampler = stage.downsampler {
        h = downsampler(h.padded([0, 1, 0, 1], wrapping: wrapping))
      }
    }
    return convOut(normOut.silu(middle(h)))
  }
}
