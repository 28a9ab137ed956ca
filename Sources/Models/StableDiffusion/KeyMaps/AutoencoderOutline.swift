/// The sizes of a Stable Diffusion autoencoder, as far as its weights' names and shapes tell.
package struct AutoencoderOutline: Sendable, Hashable {
  /// The channels at every resolution, finest first.
  package var channels = [128, 256, 512, 512]
  /// The channels of the latents.
  package var latents = 4
  /// The residual blocks at a resolution of the encoder; the decoder has one more.
  package var layers = 2

  /// An eighth of the picture's size: Stable Diffusion 1, 2 and XL.
  package static let eighth = AutoencoderOutline()
  /// A quarter of it: the fourfold enlarger.
  package static let quarter = AutoencoderOutline(channels: [128, 256, 512])

  /// The weights with their shapes, by diffusers' names.
  package var weights: [String: [Int]] {
    var list = WeightList()
    let (first, last) = (channels[0], channels[channels.count - 1])
    list.conv("encoder.conv_in", 3, first, kernel: 3)
    for (level, width) in channels.enumerated() {
      let (block, before) = ("encoder.down_blocks.\(level)", channels[max(level - 1, 0)])
      for layer in 0..<layers {
        addResidual("\(block).resnets.\(layer)", layer > 0 ? width : before, width, to: &list)
      }
      if level < channels.count - 1 {
        list.conv("\(block).downsamplers.0.conv", width, width, kernel: 3)
      }
    }
    list.conv("decoder.conv_in", latents, last, kernel: 3)
    for (number, level) in channels.indices.reversed().enumerated() {
      let width = channels[level]
      let (block, before) = (
        "decoder.up_blocks.\(number)", channels[min(level + 1, channels.count - 1)]
      )
      for layer in 0...layers {
        addResidual("\(block).resnets.\(layer)", layer > 0 ? width : before, width, to: &list)
      }
      if level > 0 { list.conv("\(block).upsamplers.0.conv", width, width, kernel: 3) }
    }
    for (half, width, outputs) in [("encoder", last, 2 * latents), ("decoder", first, 3)] {
      addMiddle("\(half).mid_block", last, to: &list)
      list.norm("\(half).conv_norm_out", width)
      list.conv("\(half).conv_out", width, outputs, kernel: 3)
    }
    list.conv("quant_conv", 2 * latents, 2 * latents, kernel: 1)
    list.conv("post_quant_conv", latents, latents, kernel: 1)
    return list.shapes
  }

  private func addMiddle(_ name: String, _ width: Int, to list: inout WeightList) {
    for index in 0..<2 { addResidual("\(name).resnets.\(index)", width, width, to: &list) }
    list.norm("\(name).attentions.0.group_norm", width)
    for part in ["to_q", "to_k", "to_v", "to_out.0"] {
      list.linear("\(name).attentions.0.\(part)", width, width)
    }
  }

  private func addResidual(_ name: String, _ before: Int, _ after: Int, to list: inout WeightList) {
    list.norm("\(name).norm1", before)
    list.conv("\(name).conv1", before, after, kernel: 3)
    list.norm("\(name).norm2", after)
    list.conv("\(name).conv2", after, after, kernel: 3)
    if before != after { list.conv("\(name).conv_shortcut", before, after, kernel: 1) }
  }
}
