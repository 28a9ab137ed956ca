extension AutoencoderKLConfiguration {
  enum CodingKeys: String, CodingKey {
    case inChannels = "in_channels"
    case outChannels = "out_channels"
    case blockOutChannels = "block_out_channels"
    case layersPerBlock = "layers_per_block"
    case latentChannels = "latent_channels"
    case normNumGroups = "norm_num_groups"
    case scalingFactor = "scaling_factor"
    case shiftFactor = "shift_factor"
    case midBlockAddAttention = "mid_block_add_attention"
    case useQuantConv = "use_quant_conv"
    case usePostQuantConv = "use_post_quant_conv"
    case patchSize = "patch_size"
    case latentsMean = "latents_mean"
    case latentsStd = "latents_std"
    case forceUpcast = "force_upcast"
    // What diffusers can vary and this autoencoder does not.
    case downBlockTypes = "down_block_types"
    case upBlockTypes = "up_block_types"
    case activation = "act_fn"
  }

  /// Reads a configuration; a key that is not there has diffusers' default, one that is not known
  /// is passed over.
  ///
  /// - Throws: `DecodingError` if a size cannot be, or if another kind of network is described.
  public init(from decoder: any Decoder) throws {
    let keys = try ConfigurationKeys<CodingKeys>(decoder)
    inChannels = try keys.size(.inChannels, or: 3)
    outChannels = try keys.size(.outChannels, or: 3)
    layersPerBlock = try keys.size(.layersPerBlock, or: 1, most: 4096)
    latentChannels = try keys.size(.latentChannels, or: 4)
    normNumGroups = try keys.size(.normNumGroups, or: 32)
    patchSize = try keys.size(.patchSize, or: 1, most: 1 << 10)
    blockOutChannels = try keys.value(.blockOutChannels, or: [64])
    scalingFactor = try keys.value(.scalingFactor, or: 0.18215)
    shiftFactor = try keys.value(.shiftFactor)
    midBlockAddAttention = try keys.value(.midBlockAddAttention, or: true)
    useQuantConv = try keys.value(.useQuantConv, or: true)
    usePostQuantConv = try keys.value(.usePostQuantConv, or: true)
    latentsMean = try keys.value(.latentsMean)
    latentsStd = try keys.value(.latentsStd)
    forceUpcast = try keys.value(.forceUpcast, or: true)
    try check(keys)
    try keys.require(.downBlockTypes, downBlockTypes)
    try keys.require(.upBlockTypes, upBlockTypes)
    try keys.require(.activation, "silu")
    try checkStatistics(keys)
  }

  /// Writes a configuration as diffusers reads it.
  ///
  /// diffusers has no word for a patch size: it is written only where it is not 1.
  public func encode(to encoder: any Encoder) throws {
    var keys = encoder.container(keyedBy: CodingKeys.self)
    try keys.encode(inChannels, forKey: .inChannels)
    try keys.encode(outChannels, forKey: .outChannels)
    try keys.encode(blockOutChannels, forKey: .blockOutChannels)
    try keys.encode(downBlockTypes, forKey: .downBlockTypes)
    try keys.encode(upBlockTypes, forKey: .upBlockTypes)
    try keys.encode(layersPerBlock, forKey: .layersPerBlock)
    try keys.encode(latentChannels, forKey: .latentChannels)
    try keys.encode(normNumGroups, forKey: .normNumGroups)
    try keys.encode(scalingFactor, forKey: .scalingFactor)
    try keys.encodeIfPresent(shiftFactor, forKey: .shiftFactor)
    try keys.encode(midBlockAddAttention, forKey: .midBlockAddAttention)
    try keys.encode(useQuantConv, forKey: .useQuantConv)
    try keys.encode(usePostQuantConv, forKey: .usePostQuantConv)
    if patchSize != 1 { try keys.encode(patchSize, forKey: .patchSize) }
    try keys.encodeIfPresent(latentsMean, forKey: .latentsMean)
    try keys.encodeIfPresent(latentsStd, forKey: .latentsStd)
    try keys.encode(forceUpcast, forKey: .forceUpcast)
  }

  private var downBlockTypes: [String] { blockOutChannels.map { _ in "DownEncoderBlock2D" } }
  private var upBlockTypes: [String] { blockOutChannels.map { _ in "UpDecoderBlock2D" } }

  private func check(_ keys: ConfigurationKeys<CodingKeys>) throws {
    guard (1...16).contains(blockOutChannels.count) else {
      throw keys.misfit(
        .blockOutChannels, expected: "1 to 16 resolutions", found: blockOutChannels.count)
    }
    for channels in blockOutChannels {
      guard channels > 0 else {
        throw keys.misfit(.blockOutChannels, expected: "1 or more", found: channels)
      }
      guard channels % normNumGroups == 0 else {
        throw keys.misfit(
          .blockOutChannels, "\(channels) channels do not divide into \(normNumGroups) groups")
      }
    }
    guard scalingFactor > 0, scalingFactor.isFinite else {
      throw keys.misfit(.scalingFactor, expected: "more than 0", found: scalingFactor)
    }
  }

  private func checkStatistics(_ keys: ConfigurationKeys<CodingKeys>) throws {
    for (key, values) in [(CodingKeys.latentsMean, latentsMean), (.latentsStd, latentsStd)] {
      guard let values else { continue }
      guard values.count == latentChannels, values.allSatisfy(\.isFinite) else {
        throw keys.misfit(key, expected: "\(latentChannels) numbers", found: values)
      }
    }
    guard (latentsMean == nil) == (latentsStd == nil) else {
      let (found, lacking) =
        latentsMean == nil ? ("latents_std", CodingKeys.latentsMean) : ("latents_mean", .latentsStd)
      throw keys.misfit(lacking, expected: "as many as \(found)", found: "none")
    }
    if let zero = latentsStd?.first(where: { $0 <= 0 }) {
      throw keys.misfit(.latentsStd, expected: "more than 0", found: zero)
    }
    guard latentsMean == nil || shiftFactor ?? 0 == 0 else {
      throw keys.misfit(.shiftFactor, expected: "none beside latents_mean", found: shiftFactor ?? 0)
    }
  }
}
