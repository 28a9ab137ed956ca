/// The sizes of a ``UniDiffuserTransformer``, in the words of diffusers' `config.json`.
public struct UniDiffuserConfiguration: Codable, Sendable, Hashable {
  /// The channels of a text's token.
  public var textDim = 64
  /// The channels of what an encoder says of the whole picture.
  public var clipImgDim = 512
  /// The tokens of a text.
  public var numTextTokens = 77
  /// The number of attention heads.
  public var numAttentionHeads = 24
  /// The channels of a head.
  public var attentionHeadDim = 64
  /// The channels of the latents.
  public var inChannels = 4
  /// The number of blocks: as many before the middle one as behind it.
  public var numLayers = 30
  /// The width and height of the latents.
  public var sampleSize = 64
  /// The width and height of the square of latents that is one token.
  public var patchSize = 2
  /// Whether normalizations stand between the blocks, as published, or within their branches.
  public var normalizesBetween = true
  /// Whether a branch normalizes what it takes, or what it has computed.
  public var normalizesFirst = false
  /// Whether a token says which data the picture is like.
  public var usesDataType = true

  /// The published sizes of UniDiffuser v1.
  public init() {}

  /// The channels of a token.
  public var channels: Int { numAttentionHeads * attentionHeadDim }

  /// The tokens of a picture's latents.
  public var patches: Int { sampleSize / patchSize * (sampleSize / patchSize) }

  /// About how many numbers an evaluation holds for one pair.
  package var workingNumbers: Int {
    let tokens = 4 + numTextTokens + patches
    return tokens * (channels * (12 + numLayers / 2)) + 2 * numTextTokens * textDim
  }
}

extension UniDiffuserConfiguration {
  enum CodingKeys: String, CodingKey {
    case textDim = "text_dim"
    case clipImgDim = "clip_img_dim"
    case numTextTokens = "num_text_tokens"
    case numAttentionHeads = "num_attention_heads"
    case attentionHeadDim = "attention_head_dim"
    case inChannels = "in_channels"
    case outChannels = "out_channels"
    case numLayers = "num_layers"
    case sampleSize = "sample_size"
    case patchSize = "patch_size"
    case blockType = "block_type"
    case normalizesFirst = "pre_layer_norm"
    case usesDataType = "use_data_type_embedding"
    // What diffusers can vary and this transformer does not.
    case activation = "activation_fn"
    case attentionBias = "attention_bias"
    case crossAttentionDim = "cross_attention_dim"
    case normType = "norm_type"
    case normAffine = "norm_elementwise_affine"
    case adaNormEmbeddings = "num_embeds_ada_norm"
    case usesTimestepEmbedding = "use_timestep_embedding"
    case usesPatchPositions = "use_patch_pos_embed"
  }

  private static let published = "unidiffuser"
  private static let other = "uvit"

  /// Reads a configuration; a key that is not there has diffusers' default, one that is not known
  /// is passed over.
  ///
  /// - Throws: `DecodingError` if a size cannot be, or if another kind of network is described.
  public init(from decoder: any Decoder) throws {
    let keys = try ConfigurationKeys<CodingKeys>(decoder)
    textDim = try keys.size(.textDim, or: 768)
    clipImgDim = try keys.size(.clipImgDim, or: 512)
    numTextTokens = try keys.size(.numTextTokens, or: 77, most: 1 << 16)
    numAttentionHeads = try keys.size(.numAttentionHeads, or: 16, most: 1 << 10)
    attentionHeadDim = try keys.size(.attentionHeadDim, or: 88, most: 1 << 12)
    inChannels = try keys.size(.inChannels)
    let outChannels = try keys.size(.outChannels, or: inChannels)
    guard outChannels == inChannels else {
      throw keys.misfit(.outChannels, expected: "\(inChannels), as in_channels", found: outChannels)
    }
    numLayers = try keys.size(.numLayers, or: 1, most: 256)
    sampleSize = try keys.size(.sampleSize, most: 1 << 13)
    patchSize = try keys.size(.patchSize)
    guard sampleSize % patchSize == 0 else {
      throw keys.misfit(.sampleSize, expected: "a multiple of patch_size", found: sampleSize)
    }
    guard channels % 2 == 0 else {
      throw keys.misfit(.attentionHeadDim, expected: "an even number", found: attentionHeadDim)
    }
    let block = try keys.value(.blockType, or: Self.published)
    guard [Self.published, Self.other].contains(block) else {
      throw keys.misfit(
        .blockType, expected: "\(Self.published) or \(Self.other)", found: block)
    }
    normalizesBetween = block == Self.published
    normalizesFirst = try keys.value(.normalizesFirst, or: false)
    usesDataType = try keys.value(.usesDataType, or: false)
    let activation = try keys.value(.activation, or: "geglu")
    guard activation == "gelu" else {
      throw keys.misfit(.activation, expected: "gelu", found: activation)
    }
    try keys.require(.attentionBias, false)
    try keys.require(.normType, "layer_norm")
    try keys.require(.normAffine, true)
    try keys.require(.usesTimestepEmbedding, false)
    try keys.require(.usesPatchPositions, false)
    try keys.requireNone(.crossAttentionDim)
    try keys.requireNone(.adaNormEmbeddings)
  }

  /// Writes a configuration as diffusers reads it.
  public func encode(to encoder: any Encoder) throws {
    var keys = encoder.container(keyedBy: CodingKeys.self)
    try keys.encode(textDim, forKey: .textDim)
    try keys.encode(clipImgDim, forKey: .clipImgDim)
    try keys.encode(numTextTokens, forKey: .numTextTokens)
    try keys.encode(numAttentionHeads, forKey: .numAttentionHeads)
    try keys.encode(attentionHeadDim, forKey: .attentionHeadDim)
    try keys.encode(inChannels, forKey: .inChannels)
    try keys.encode(inChannels, forKey: .outChannels)
    try keys.encode(numLayers, forKey: .numLayers)
    try keys.encode(sampleSize, forKey: .sampleSize)
    try keys.encode(patchSize, forKey: .patchSize)
    try keys.encode("gelu", forKey: .activation)
    try keys.encode(normalizesBetween ? Self.published : Self.other, forKey: .blockType)
    try keys.encode(normalizesFirst, forKey: .normalizesFirst)
    try keys.encode(usesDataType, forKey: .usesDataType)
  }
}
