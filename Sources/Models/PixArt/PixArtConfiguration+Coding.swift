extension PixArtConfiguration {
  enum CodingKeys: String, CodingKey {
    case numAttentionHeads = "num_attention_heads"
    case attentionHeadDim = "attention_head_dim"
    case inChannels = "in_channels"
    case outChannels = "out_channels"
    case numLayers = "num_layers"
    case sampleSize = "sample_size"
    case patchSize = "patch_size"
    case captionChannels = "caption_channels"
    case interpolationScale = "interpolation_scale"
    // What diffusers can vary and this transformer does not.
    case crossAttentionDim = "cross_attention_dim"
    case additionalConditions = "use_additional_conditions"
    case attentionBias = "attention_bias"
    case attentionType = "attention_type"
    case activation = "activation_fn"
    case normType = "norm_type"
    case normAffine = "norm_elementwise_affine"
    case normEps = "norm_eps"
  }

  /// Reads a configuration; a key that is not there has diffusers' default, one that is not known
  /// is passed over.
  ///
  /// - Throws: `DecodingError` if a size cannot be, or if another kind of network is described:
  ///   one that is told the picture's resolution and aspect ratio (PixArt-α at 1024 pixels), or
  ///   whose prompt is not projected.
  public init(from decoder: any Decoder) throws {
    let keys = try ConfigurationKeys<CodingKeys>(decoder)
    numAttentionHeads = try keys.size(.numAttentionHeads, or: 16, most: 1 << 10)
    attentionHeadDim = try keys.size(.attentionHeadDim, or: 72, most: 1 << 12)
    inChannels = try keys.size(.inChannels, or: 4)
    numLayers = try keys.size(.numLayers, or: 28, most: 4096)
    sampleSize = try keys.size(.sampleSize, or: 128, most: 1 << 13)
    patchSize = try keys.size(.patchSize, or: 2)
    interpolationScale = try keys.value(.interpolationScale)
    // diffusers: null means as many as the latents', but a missing key 8.
    outChannels = try keys.size(
      .outChannels, or: try keys.isNull(.outChannels) ? inChannels : 8)
    guard try keys.value(.captionChannels, as: Int.self) != nil else {
      throw keys.misfit(
        .captionChannels, expected: "the channels of the text encoder's states", found: "none")
    }
    captionChannels = try keys.size(.captionChannels)
    try checkSizes(keys)
    try checkKind(keys)
  }

  /// Writes a configuration as diffusers reads it.
  public func encode(to encoder: any Encoder) throws {
    var keys = encoder.container(keyedBy: CodingKeys.self)
    try keys.encode(numAttentionHeads, forKey: .numAttentionHeads)
    try keys.encode(attentionHeadDim, forKey: .attentionHeadDim)
    try keys.encode(inChannels, forKey: .inChannels)
    try keys.encode(outChannels, forKey: .outChannels)
    try keys.encode(numLayers, forKey: .numLayers)
    try keys.encode(sampleSize, forKey: .sampleSize)
    try keys.encode(patchSize, forKey: .patchSize)
    try keys.encode(captionChannels, forKey: .captionChannels)
    try keys.encodeIfPresent(interpolationScale, forKey: .interpolationScale)
    // diffusers' defaults for these are the published sizes.
    try keys.encode(channels, forKey: .crossAttentionDim)
    try keys.encode(false, forKey: .additionalConditions)
  }

  private func checkSizes(_ keys: ConfigurationKeys<CodingKeys>) throws {
    try keys.checkPositions(
      .attentionHeadDim, .sampleSize, heads: numAttentionHeads, headChannels: attentionHeadDim,
      side: sampleSize, patch: patchSize)
    guard positionScale > 0, positionScale.isFinite else {
      throw keys.misfit(.interpolationScale, expected: "more than 0", found: positionScale)
    }
  }

  private func checkKind(_ keys: ConfigurationKeys<CodingKeys>) throws {
    if try keys.isNull(.crossAttentionDim) {
      throw keys.misfit(.crossAttentionDim, expected: "\(channels)", found: "none")
    }
    try keys.require(.crossAttentionDim, channels)
    let conditions = try keys.value(.additionalConditions, or: sampleSize == 128)
    guard !conditions else {
      throw keys.misfit(
        .additionalConditions, expected: "false",
        found: "true, which is the default for a sample_size of 128")
    }
    try keys.require(.attentionBias, true)
    try keys.require(.attentionType, "default")
    try keys.require(.activation, "gelu-approximate")
    try keys.require(.normType, "ada_norm_single")
    try keys.require(.normAffine, false)
    try keys.require(.normEps, 1e-6)
  }
}
