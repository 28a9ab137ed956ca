/// The sizes of a ``DiTTransformer``, in the words of diffusers' `config.json`.
public struct DiTConfiguration: Codable, Sendable, Hashable {
  /// The number of attention heads.
  public var numAttentionHeads = 16
  /// The channels of a head.
  public var attentionHeadDim = 72
  /// The channels of the latents.
  public var inChannels = 4
  /// The channels of the result; twice those of the latents where the variance is learned.
  public var outChannels = 8
  /// The number of blocks.
  public var numLayers = 28
  /// The width and height of the latents.
  public var sampleSize = 32
  /// The width and height of the square of latents that is one token.
  public var patchSize = 2
  /// The number of classes; the network has learned one label more, which stands for none.
  public var numEmbedsAdaNorm = 1000
  /// What the second normalization of a block adds to the variance.
  public var normEps = 1e-5

  /// The published sizes of DiT-XL/2 at 256 pixels.
  public init() {}

  /// The channels of a token.
  public var channels: Int { numAttentionHeads * attentionHeadDim }
}

extension DiTConfiguration {
  enum CodingKeys: String, CodingKey {
    case numAttentionHeads = "num_attention_heads"
    case attentionHeadDim = "attention_head_dim"
    case inChannels = "in_channels"
    case outChannels = "out_channels"
    case numLayers = "num_layers"
    case sampleSize = "sample_size"
    case patchSize = "patch_size"
    case numEmbedsAdaNorm = "num_embeds_ada_norm"
    case normEps = "norm_eps"
    // What diffusers can vary and this transformer does not.
    case attentionBias = "attention_bias"
    case activation = "activation_fn"
    case normType = "norm_type"
    case normAffine = "norm_elementwise_affine"
    case crossAttentionDim = "cross_attention_dim"
  }

  /// Reads a configuration; a key that is not there has diffusers' default, one that is not known
  /// is passed over.
  ///
  /// - Throws: `DecodingError` if a size cannot be, or if another kind of network is described.
  public init(from decoder: any Decoder) throws {
    let keys = try ConfigurationKeys<CodingKeys>(decoder)
    numAttentionHeads = try keys.size(.numAttentionHeads, or: 16, most: 1 << 10)
    attentionHeadDim = try keys.size(.attentionHeadDim, or: 72, most: 1 << 12)
    inChannels = try keys.size(.inChannels, or: 4)
    outChannels = try keys.size(.outChannels, or: inChannels)
    numLayers = try keys.size(.numLayers, or: 28, most: 4096)
    sampleSize = try keys.size(.sampleSize, or: 32, most: 1 << 13)
    patchSize = try keys.size(.patchSize, or: 2)
    numEmbedsAdaNorm = try keys.size(.numEmbedsAdaNorm, or: 1000)
    normEps = try keys.value(.normEps, or: 1e-5)
    guard normEps > 0, normEps < 1 else {
      throw keys.misfit(.normEps, expected: "more than 0 and less than 1", found: normEps)
    }
    try keys.checkPositions(
      .attentionHeadDim, .sampleSize, heads: numAttentionHeads, headChannels: attentionHeadDim,
      side: sampleSize, patch: patchSize)
    try keys.require(.attentionBias, true)
    try keys.require(.activation, "gelu-approximate")
    try keys.require(.normType, "ada_norm_zero")
    try keys.require(.normAffine, false)
    try keys.requireNone(.crossAttentionDim)
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
    try keys.encode(numEmbedsAdaNorm, forKey: .numEmbedsAdaNorm)
    try keys.encode(normEps, forKey: .normEps)
  }
}
