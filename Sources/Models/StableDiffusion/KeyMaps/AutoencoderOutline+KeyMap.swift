package import Checkpoints

extension AutoencoderOutline {
  /// From the original's names (CompVis' `AutoencoderKL`) to diffusers'.
  ///
  /// The original counts the decoder's resolutions from the finest, diffusers from the coarsest.
  package var keyMap: KeyMap {
    var map = KeyMap.same("quant_conv", "post_quant_conv")
    for half in ["encoder", "decoder"] { map = map + Self.half.placed(half, half) }
    for level in channels.indices {
      let down = "encoder.down_blocks.\(level)"
      for layer in 0..<layers {
        map =
          map
          + Self.residual.placed("encoder.down.\(level).block.\(layer)", "\(down).resnets.\(layer)")
      }
      if level < channels.count - 1 {
        map =
          map
          + KeyMap.same("conv").placed(
            "encoder.down.\(level).downsample", "\(down).downsamplers.0")
      }
      let up = "decoder.up_blocks.\(channels.count - 1 - level)"
      for layer in 0...layers {
        map =
          map
          + Self.residual.placed("decoder.up.\(level).block.\(layer)", "\(up).resnets.\(layer)")
      }
      if level > 0 {
        map =
          map + KeyMap.same("conv").placed("decoder.up.\(level).upsample", "\(up).upsamplers.0")
      }
    }
    return map
  }

  private static let half: KeyMap =
    [
      "conv_in": "conv_in",
      "norm_out": "conv_norm_out",
      "conv_out": "conv_out",
    ] + residual.placed("mid.block_1", "mid_block.resnets.0")
    + attention.placed("mid.attn_1", "mid_block.attentions.0")
    + residual.placed("mid.block_2", "mid_block.resnets.1")

  private static let residual: KeyMap = [
    "norm1": "norm1", "conv1": "conv1", "norm2": "norm2", "conv2": "conv2",
    "nin_shortcut": .optional("conv_shortcut"),
  ]

  /// The original's projections are kernels of one element, diffusers' are matrices.
  private static let attention: KeyMap = [
    "norm": "group_norm",
    "q.weight": .squeezed("to_q.weight"), "q.bias": "to_q.bias",
    "k.weight": .squeezed("to_k.weight"), "k.bias": "to_k.bias",
    "v.weight": .squeezed("to_v.weight"), "v.bias": "to_v.bias",
    "proj_out.weight": .squeezed("to_out.0.weight"), "proj_out.bias": "to_out.0.bias",
  ]

  /// From the names of diffusers' first releases, which many published folders still have.
  package static let deprecatedMap: KeyMap =
    KeyMap.same("quant_conv", "post_quant_conv")
    + deprecatedHalf.placed("encoder", "encoder") + KeyMap.same("encoder.down_blocks")
    + deprecatedHalf.placed("decoder", "decoder") + KeyMap.same("decoder.up_blocks")

  private static let deprecatedHalf: KeyMap =
    KeyMap.same(
      "conv_in", "conv_norm_out", "conv_out", "mid_block.resnets",
      "mid_block.attentions.0.group_norm")
    + deprecatedAttention.placed("mid_block.attentions.0", "mid_block.attentions.0")

  private static let deprecatedAttention: KeyMap = [
    "query": "to_q", "key": "to_k", "value": "to_v", "proj_attn": "to_out.0",
  ]
}
