package import Checkpoints

extension UNetOutline {
  /// From the original's names (CompVis' and Stability AI's `UNetModel`) to diffusers'.
  package var keyMap: KeyMap {
    var map: KeyMap = [
      "time_embed.0": "time_embedding.linear_1",
      "time_embed.2": "time_embedding.linear_2",
      "input_blocks.0.0": "conv_in",
      "out.0": "conv_norm_out",
      "out.2": "conv_out",
    ]
    map = map + labelMap + downMap + upMap
    return map
      + Self.residual.placed("middle_block.0", "mid_block.resnets.0")
      + Self.moved("middle_block.1", "mid_block.attentions.0")
      + Self.residual.placed("middle_block.2", "mid_block.resnets.1")
  }

  private var labelMap: KeyMap {
    switch labels {
    case .none: [:]
    case .classes: ["label_emb": "class_embedding"]
    case .vector:
      ["label_emb.0.0": "add_embedding.linear_1", "label_emb.0.2": "add_embedding.linear_2"]
    }
  }

  /// The way down: two residual blocks and a downsampling are three blocks of the original.
  var downMap: KeyMap {
    var map: KeyMap = [:]
    for level in channels.indices {
      let block = "down_blocks.\(level)"
      for layer in 0..<layers {
        let original = "input_blocks.\(firstBlock(of: level) + layer)"
        map = map + Self.residual.placed("\(original).0", "\(block).resnets.\(layer)")
        if depths[level] > 0 {
          map = map + Self.moved("\(original).1", "\(block).attentions.\(layer)")
        }
      }
      if level < channels.count - 1 {
        let original = "input_blocks.\(firstBlock(of: level) + layers)"
        map = map + Self.moved("\(original).0.op", "\(block).downsamplers.0.conv")
      }
    }
    return map
  }

  /// The way up: what enlarges stands in the original's block with the last residual one.
  private var upMap: KeyMap {
    var map: KeyMap = [:]
    for (number, level) in channels.indices.reversed().enumerated() {
      let block = "up_blocks.\(number)"
      for layer in 0...layers {
        let original = "output_blocks.\(number * (layers + 1) + layer)"
        map = map + Self.residual.placed("\(original).0", "\(block).resnets.\(layer)")
        if depths[level] > 0 {
          map = map + Self.moved("\(original).1", "\(block).attentions.\(layer)")
        }
        if layer == layers && level > 0 {
          let place = depths[level] > 0 ? 2 : 1
          map = map + Self.moved("\(original).\(place).conv", "\(block).upsamplers.0.conv")
        }
      }
    }
    return map
  }

  static func moved(_ source: String, _ target: String) -> KeyMap {
    KeyMap.same("").placed(source, target)
  }

  static let residual: KeyMap = [
    "in_layers.0": "norm1",
    "in_layers.2": "conv1",
    "emb_layers.1": "time_emb_proj",
    "out_layers.0": "norm2",
    "out_layers.3": "conv2",
    "skip_connection": .optional("conv_shortcut"),
  ]
}

extension UNetOutline {
  /// A ControlNet over this UNet, from the original's names (`cldm`) to diffusers'.
  ///
  /// Zhang et al. 2023, https://arxiv.org/abs/2302.05543.
  package var controlNetMap: KeyMap {
    var map: KeyMap = [
      "time_embed.0": "time_embedding.linear_1",
      "time_embed.2": "time_embedding.linear_2",
      "input_blocks.0.0": "conv_in",
      "input_hint_block.0": "controlnet_cond_embedding.conv_in",
      "input_hint_block.14": "controlnet_cond_embedding.conv_out",
      "middle_block_out.0": "controlnet_mid_block",
    ]
    map = map + labelMap + downMap
    for index in 0..<6 {
      map =
        map
        + Self.moved(
          "input_hint_block.\(2 * index + 2)", "controlnet_cond_embedding.blocks.\(index)")
    }
    for index in 0..<channels.count * (layers + 1) {
      map = map + Self.moved("zero_convs.\(index).0", "controlnet_down_blocks.\(index)")
    }
    return map
      + Self.residual.placed("middle_block.0", "mid_block.resnets.0")
      + Self.moved("middle_block.1", "mid_block.attentions.0")
      + Self.residual.placed("middle_block.2", "mid_block.resnets.1")
  }
}
