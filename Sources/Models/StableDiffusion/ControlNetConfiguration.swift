/// The sizes of a ``ControlNetModel``, in the words of diffusers' `config.json`.
public struct ControlNetConfiguration: Codable, Sendable, Hashable {
  /// The copy of the U-Net's contracting half.
  public var encoder = UNetEncoderConfiguration()
  /// The channels of the picture to go by.
  public var conditioningChannels = 3
  /// The channels on the picture's way to the latents' size; each next one is half as wide and
  /// high.
  public var conditioningEmbeddingOutChannels = [16, 32, 96, 256]
  /// Whether it was trained on pictures with blue first.
  public var takesBlueFirst = false
  /// Whether what it adds is the same at every place.
  public var globalPoolConditions = false

  /// The published sizes for Stable Diffusion 1.
  public init() {}
}

extension ControlNetConfiguration {
  /// Reads a configuration; a key that is not there has diffusers' default, one that is not known
  /// is passed over.
  ///
  /// - Throws: `DecodingError` if a size cannot be, or if another kind of network is described.
  public init(from decoder: any Decoder) throws {
    let keys = try ConfigurationKeys<UNetKey>(decoder)
    let hasHeads = try keys.value(.numAttentionHeads, as: OneOrMany<Int>.self) != nil
    encoder = try UNetEncoderConfiguration(
      keys, heads: hasHeads ? .numAttentionHeads : .attentionHeadDim)
    guard encoder.midBlockType != nil else {
      throw keys.misfit(.midBlockType, expected: "a middle, to add to it", found: "none")
    }
    conditioningChannels = try keys.size(.conditioningChannels, or: 3)
    conditioningEmbeddingOutChannels = try keys.value(
      .conditioningEmbeddingChannels, or: ControlNetConfiguration().conditioningEmbeddingOutChannels
    )
    let found = conditioningEmbeddingOutChannels
    guard (1...16).contains(found.count), found.allSatisfy({ (1...(1 << 20)).contains($0) }) else {
      throw keys.misfit(
        .conditioningEmbeddingChannels, expected: "1 to 16 numbers from 1 to \(1 << 20)",
        found: found)
    }
    let order = try keys.value(.conditioningChannelOrder, or: "rgb")
    guard ["rgb", "bgr"].contains(order) else {
      throw keys.misfit(.conditioningChannelOrder, expected: "rgb or bgr", found: order)
    }
    takesBlueFirst = order == "bgr"
    globalPoolConditions = try keys.value(.globalPoolConditions, or: false)
  }

  /// Writes a configuration as diffusers reads it, which has one `layers_per_block` and one
  /// `cross_attention_dim` for all resolutions.
  public func encode(to encoder: any Encoder) throws {
    var keys = encoder.container(keyedBy: UNetKey.self)
    try self.encoder.encode(to: &keys)
    try keys.encodeIfPresent(self.encoder.layersPerBlock.first, forKey: .layersPerBlock)
    try keys.encodeIfPresent(self.encoder.crossAttentionDim.first, forKey: .crossAttentionDim)
    try keys.encode(
      self.encoder.transformerLayersPerBlock.map(\.first), forKey: .transformerLayersPerBlock)
    try keys.encode(conditioningChannels, forKey: .conditioningChannels)
    try keys.encode(conditioningEmbeddingOutChannels, forKey: .conditioningEmbeddingChannels)
    try keys.encode(takesBlueFirst ? "bgr" : "rgb", forKey: .conditioningChannelOrder)
    try keys.encode(globalPoolConditions, forKey: .globalPoolConditions)
  }
}
