/// The keys of diffusers' `config.json` that a conditional U-Net and a ControlNet share.
enum UNetKey: String, CodingKey, CaseIterable {
  case inChannels = "in_channels"
  case flipSinToCos = "flip_sin_to_cos"
  case freqShift = "freq_shift"
  case downBlockTypes = "down_block_types"
  case midBlockType = "mid_block_type"
  case onlyCrossAttention = "only_cross_attention"
  case blockOutChannels = "block_out_channels"
  case layersPerBlock = "layers_per_block"
  case downsamplePadding = "downsample_padding"
  case normNumGroups = "norm_num_groups"
  case normEps = "norm_eps"
  case crossAttentionDim = "cross_attention_dim"
  case transformerLayersPerBlock = "transformer_layers_per_block"
  case encoderHidDim = "encoder_hid_dim"
  case encoderHidDimType = "encoder_hid_dim_type"
  case attentionHeadDim = "attention_head_dim"
  case numAttentionHeads = "num_attention_heads"
  case useLinearProjection = "use_linear_projection"
  case classEmbedType = "class_embed_type"
  case numClassEmbeds = "num_class_embeds"
  case projectionInputDim = "projection_class_embeddings_input_dim"
  case additionEmbedType = "addition_embed_type"
  case additionTimeEmbedDim = "addition_time_embed_dim"
  case upcastAttention = "upcast_attention"
  case timeEmbeddingDim = "time_embedding_dim"
  case timeCondProjDim = "time_cond_proj_dim"
  case convInKernel = "conv_in_kernel"
  // What diffusers can vary and these networks do not.
  case activation = "act_fn"
  case dropout
  case midBlockScaleFactor = "mid_block_scale_factor"
  case resnetTimeScaleShift = "resnet_time_scale_shift"
  case resnetSkipTimeAct = "resnet_skip_time_act"
  case resnetOutScaleFactor = "resnet_out_scale_factor"
  case dualCrossAttention = "dual_cross_attention"
  case attentionType = "attention_type"
  case crossAttentionNorm = "cross_attention_norm"
  case timeEmbeddingType = "time_embedding_type"
  case timeEmbeddingActivation = "time_embedding_act_fn"
  case timestepPostActivation = "timestep_post_act"
  case classEmbeddingsConcat = "class_embeddings_concat"
  // Of the whole U-Net.
  case sampleSize = "sample_size"
  case outChannels = "out_channels"
  case centerInputSample = "center_input_sample"
  case upBlockTypes = "up_block_types"
  case reverseTransformerLayers = "reverse_transformer_layers_per_block"
  case convOutKernel = "conv_out_kernel"
  // Of a ControlNet.
  case conditioningChannels = "conditioning_channels"
  case conditioningChannelOrder = "controlnet_conditioning_channel_order"
  case conditioningEmbeddingChannels = "conditioning_embedding_out_channels"
  case globalPoolConditions = "global_pool_conditions"
}

extension ConfigurationKeys where Key == UNetKey {
  /// The block that a name stands for; diffusers' oldest files begin it with `UNetRes`.
  func block<Block: RawRepresentable & CaseIterable>(
    _ key: Key, _ name: String, as type: Block.Type = Block.self
  ) throws -> Block where Block.RawValue == String {
    let prefix = "UNetRes"
    let known = name.hasPrefix(prefix) ? String(name.dropFirst(prefix.count)) : name
    guard let block = Block(rawValue: known) else {
      let names = Block.allCases.map(\.rawValue).joined(separator: " or ")
      throw misfit(key, expected: names, found: name)
    }
    return block
  }

  /// The blocks of as many levels as there are channels.
  func blocks<Block: RawRepresentable & CaseIterable>(
    _ key: Key, or fallback: [Block], levels: Int
  ) throws -> [Block] where Block.RawValue == String {
    let names = try value(key, or: fallback.map(\.rawValue))
    guard names.count == levels else {
      throw misfit(
        key, expected: "\(levels) blocks, as many as block_out_channels", found: names.count)
    }
    return try names.map { try block(key, $0) }
  }

  /// The number of blocks of each transformer at each level, given as one number for all levels,
  /// one for each, or one for each transformer.
  func transformerLayers(_ key: Key, transformers: [Int]) throws -> [[Int]]? {
    guard let found = try value(key, as: OneOrMany<OneOrMany<Int>>.self) else { return nil }
    guard let levels = found.spread(over: transformers.count) else {
      throw misfit(key, expected: "1 or \(transformers.count) values", found: found.values.count)
    }
    return try zip(levels, transformers).map { level, count in
      guard let layers = level.spread(over: count) else {
        throw misfit(
          key, expected: "\(count) transformers of a resolution", found: level.values.count)
      }
      for number in layers where !(1...4096).contains(number) {
        throw misfit(key, expected: "1 to 4096", found: number)
      }
      return layers
    }
  }
}
