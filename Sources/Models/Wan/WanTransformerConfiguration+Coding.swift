extension WanTransformerConfiguration {
  enum CodingKeys: String, CodingKey {
    case patchSize = "patch_size"
    case numAttentionHeads = "num_attention_heads"
    case attentionHeadDim = "attention_head_dim"
    case inChannels = "in_channels"
    case outChannels = "out_channels"
    case textDim = "text_dim"
    case freqDim = "freq_dim"
    case ffnDim = "ffn_dim"
    case numLayers = "num_layers"
    case crossAttnNorm = "cross_attn_norm"
    case eps
    case imageDim = "image_dim"
    case addedKvProjDim = "added_kv_proj_dim"
    case posEmbedSeqLen = "pos_embed_seq_len"
    // What diffusers can vary and this transformer does not.
    case qkNorm = "qk_norm"
  }

  /// Reads a configuration; a key that is not there has diffusers' default, one that is not known
  /// is passed over.
  ///
  /// - Throws: `DecodingError` if a size cannot be, or if another kind of network is described.
  public init(from decoder: any Decoder) throws {
    let keys = try ConfigurationKeys<CodingKeys>(decoder)
    let published = WanTransformerConfiguration()
    func optional(_ key: CodingKeys) throws -> Int? {
      try keys.value(key, as: Int.self) == nil ? nil : keys.size(key)
    }
    patchSize = try keys.value(.patchSize, or: published.patchSize)
    numAttentionHeads = try keys.size(.numAttentionHeads, or: 40, most: 1 << 10)
    attentionHeadDim = try keys.size(.attentionHeadDim, or: 128, most: 1 << 12)
    inChannels = try keys.size(.inChannels, or: 16)
    outChannels = try keys.size(
      .outChannels, or: try keys.isNull(.outChannels) ? inChannels : 16)
    textDim = try keys.size(.textDim, or: 4096)
    freqDim = try keys.size(.freqDim, or: 256)
    ffnDim = try keys.size(.ffnDim, or: 13_824)
    numLayers = try keys.size(.numLayers, or: 40, most: 4096)
    crossAttnNorm = try keys.value(.crossAttnNorm, or: true)
    eps = try keys.value(.eps, or: 1e-6)
    imageDim = try optional(.imageDim)
    addedKvProjDim = try optional(.addedKvProjDim)
    posEmbedSeqLen = try optional(.posEmbedSeqLen)
    try check(keys)
    try keys.require(.qkNorm, "rms_norm_across_heads")
  }

  /// Writes a configuration as diffusers reads it.
  public func encode(to encoder: any Encoder) throws {
    var keys = encoder.container(keyedBy: CodingKeys.self)
    try keys.encode(patchSize, forKey: .patchSize)
    try keys.encode(numAttentionHeads, forKey: .numAttentionHeads)
    try keys.encode(attentionHeadDim, forKey: .attentionHeadDim)
    try keys.encode(inChannels, forKey: .inChannels)
    try keys.encode(outChannels, forKey: .outChannels)
    try keys.encode(textDim, forKey: .textDim)
    try keys.encode(freqDim, forKey: .freqDim)
    try keys.encode(ffnDim, forKey: .ffnDim)
    try keys.encode(numLayers, forKey: .numLayers)
    try keys.encode(crossAttnNorm, forKey: .crossAttnNorm)
    try keys.encode(eps, forKey: .eps)
    try keys.encodeIfPresent(imageDim, forKey: .imageDim)
    try keys.encodeIfPresent(addedKvProjDim, forKey: .addedKvProjDim)
    try keys.encodeIfPresent(posEmbedSeqLen, forKey: .posEmbedSeqLen)
  }

  private func check(_ keys: ConfigurationKeys<CodingKeys>) throws {
    guard patchSize.count == 3, patchSize.allSatisfy({ (1...64).contains($0) }) else {
      throw keys.misfit(.patchSize, expected: "three sizes of 1 to 64", found: patchSize)
    }
    guard attentionHeadDim % 2 == 0, attentionHeadDim >= 6 else {
      throw keys.misfit(
        .attentionHeadDim, expected: "an even number of at least 6", found: attentionHeadDim)
    }
    guard freqDim % 2 == 0 else {
      throw keys.misfit(.freqDim, expected: "an even number", found: freqDim)
    }
    guard eps > 0, eps.isFinite else {
      throw keys.misfit(.eps, expected: "more than 0", found: eps)
    }
    guard (imageDim == nil) == (addedKvProjDim == nil) else {
      throw keys.misfit(
        .addedKvProjDim, expected: imageDim == nil ? "none without image_dim" : "a size",
        found: addedKvProjDim.map(String.init) ?? "none")
    }
    guard addedKvProjDim ?? channels == channels else {
      throw keys.misfit(
        .addedKvProjDim, expected: "\(channels)", found: addedKvProjDim ?? channels)
    }
    guard posEmbedSeqLen == nil || imageDim != nil else {
      throw keys.misfit(.posEmbedSeqLen, expected: "none without image_dim", found: "a size")
    }
  }
}
