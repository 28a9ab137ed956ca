/// A place in a U-Net where the prompt is attended to.
package struct CrossAttentionPlace: Sendable, Hashable {
  /// The name of the transformer that it is in, such as `mid_block.attentions.0`.
  package let transformer: String
  /// The number of its block there.
  let block: Int
  /// The channels of what attends.
  package let channels: Int
  /// The channels of a word.
  package let context: Int

  /// The name of the attention's weights, such as
  /// `mid_block.attentions.0.transformer_blocks.0.attn2`.
  package var name: String { "\(transformer).transformer_blocks.\(block).attn2" }
}

extension UNet2DConditionConfiguration {
  /// Where the prompt is attended to, in diffusers' order: the middle is last.
  package var crossAttentions: [CrossAttentionPlace] {
    let levels = encoder.levels
    func places(_ transformer: String, _ level: Int, layers: Int) -> [CrossAttentionPlace] {
      (0..<layers).map {
        CrossAttentionPlace(
          transformer: transformer, block: $0, channels: encoder.blockOutChannels[level],
          context: encoder.crossAttentionDim[level])
      }
    }
    let down = (0..<levels).filter { encoder.downBlockTypes[$0] == .crossAttention }.flatMap {
      level in
      encoder.transformerLayersPerBlock[level].enumerated().flatMap {
        places("down_blocks.\(level).attentions.\($0)", level, layers: $1)
      }
    }
    let up = (0..<levels).filter { upBlockTypes[$0] == .crossAttention }.flatMap { index in
      upTransformerLayers[index].enumerated().flatMap {
        places("up_blocks.\(index).attentions.\($0)", levels - 1 - index, layers: $1)
      }
    }
    guard encoder.midBlockType == .crossAttention else { return down + up }
    return down + up
      + places("mid_block.attentions.0", levels - 1, layers: encoder.middleTransformerLayers)
  }
}
