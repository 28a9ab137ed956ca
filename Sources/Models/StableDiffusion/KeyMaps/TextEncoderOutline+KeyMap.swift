package import Checkpoints

extension TextEncoderOutline {
  /// From transformers' names to themselves, without the positions that old files count up.
  ///
  /// - Parameter part: What the names begin with in the file.
  /// - Returns: The map.
  package static func clipMap(below part: String = "text_model") -> KeyMap {
    let parts =
      KeyMap.same(
        "embeddings.token_embedding", "embeddings.position_embedding", "encoder",
        "final_layer_norm") + KeyMap.leavingOut("embeddings.position_ids")
    return parts.placed(part, "text_model") + KeyMap.same("text_projection").optional
  }

  /// From OpenCLIP's names to transformers'.
  ///
  /// OpenCLIP keeps queries, keys and values as one matrix, and the projection on the right of its
  /// input.
  ///
  /// - Parameter unused: How many layers behind the last one that is run the file has.
  /// - Returns: The map.
  package func openCLIPMap(unused: Int = 0) -> KeyMap {
    var map: KeyMap = [
      "token_embedding": "text_model.embeddings.token_embedding",
      "positional_embedding": "text_model.embeddings.position_embedding.weight",
      "ln_final": "text_model.final_layer_norm",
      "text_projection": hasProjection ? .transposed("text_projection.weight") : .leftOut,
      "logit_scale": .leftOut,
    ]
    for index in 0..<layers {
      map =
        map
        + Self.openCLIPLayer.placed(
          "transformer.resblocks.\(index)", "text_model.encoder.layers.\(index)")
    }
    for index in layers..<layers + unused {
      map = map + KeyMap.leavingOut("transformer.resblocks.\(index)")
    }
    return map
  }

  private static let openCLIPLayer: KeyMap = [
    "ln_1": "layer_norm1",
    "ln_2": "layer_norm2",
    "attn.in_proj_weight": .split(projections("weight")),
    "attn.in_proj_bias": .split(projections("bias")),
    "attn.out_proj": "self_attn.out_proj",
    "mlp.c_fc": "mlp.fc1",
    "mlp.c_proj": "mlp.fc2",
  ]

  /// From stable-diffusion.cpp's names for OpenCLIP (its `--convert-name`) to transformers'.
  ///
  /// They are transformers' but for the projections, which stay as OpenCLIP has them.
  package func ggmlMap(unused: Int = 0) -> KeyMap {
    var map =
      KeyMap.same(
        "text_model.embeddings.token_embedding", "text_model.embeddings.position_embedding",
        "text_model.final_layer_norm")
      + KeyMap.leavingOut("logit_scale", "model.logit_scale")
      + [
        "text_model.text_projection":
          hasProjection ? .transposed("text_projection.weight") : .leftOut
      ]
    for index in 0..<layers {
      let layer = "text_model.encoder.layers.\(index)"
      map = map + Self.ggmlLayer.placed(layer, layer)
    }
    for index in layers..<layers + unused {
      map = map + KeyMap.leavingOut("text_model.encoder.layers.\(index)")
    }
    return map
  }

  private static let ggmlLayer: KeyMap =
    KeyMap.same("layer_norm1", "layer_norm2", "mlp", "self_attn.out_proj")
    + [
      "self_attn.in_proj.weight": .split(projections("weight")),
      "self_attn.in_proj.bias": .split(projections("bias")),
    ]

  private static func projections(_ kind: String) -> [String] {
    ["q", "k", "v"].map { "self_attn.\($0)_proj.\(kind)" }
  }
}
