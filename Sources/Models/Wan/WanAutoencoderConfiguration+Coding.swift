extension WanAutoencoderConfiguration {
  enum CodingKeys: String, CodingKey {
    case baseDim = "base_dim"
    case decoderBaseDim = "decoder_base_dim"
    case zDim = "z_dim"
    case dimMult = "dim_mult"
    case numResBlocks = "num_res_blocks"
    case temperalDownsample = "temperal_downsample"
    case inChannels = "in_channels"
    case outChannels = "out_channels"
    case latentsMean = "latents_mean"
    case latentsStd = "latents_std"
    case patchSize = "patch_size"
    // What follows from the others, for those who read diffusers' file.
    case spatialFactor = "scale_factor_spatial"
    case temporalFactor = "scale_factor_temporal"
    // What diffusers can vary and this autoencoder does not.
    case attentionScales = "attn_scales"
    case isResidual = "is_residual"
  }

  /// Reads a configuration; a key that is not there has diffusers' default, one that is not known
  /// is passed over.
  ///
  /// - Throws: `DecodingError` if a size cannot be, or if another kind of network is described:
  ///   that of Wan 2.2's 5B model, whose blocks have shortcuts.
  public init(from decoder: any Decoder) throws {
    let keys = try ConfigurationKeys<CodingKeys>(decoder)
    let published = WanAutoencoderConfiguration()
    baseDim = try keys.size(.baseDim, or: published.baseDim, most: 1 << 13)
    decoderBaseDim = try keys.value(.decoderBaseDim)
    if decoderBaseDim != nil { decoderBaseDim = try keys.size(.decoderBaseDim, most: 1 << 13) }
    zDim = try keys.size(.zDim, or: published.zDim, most: 1 << 13)
    dimMult = try keys.value(.dimMult, or: published.dimMult)
    numResBlocks = try keys.size(.numResBlocks, or: published.numResBlocks, most: 1 << 10)
    temperalDownsample = try keys.value(.temperalDownsample, or: published.temperalDownsample)
    inChannels = try keys.size(.inChannels, or: published.inChannels)
    outChannels = try keys.size(.outChannels, or: published.outChannels)
    latentsMean = try keys.value(.latentsMean, or: published.latentsMean)
    latentsStd = try keys.value(.latentsStd, or: published.latentsStd)
    patchSize = try keys.size(.patchSize, or: 1, most: 64)
    try check(keys)
    try keys.require(.attentionScales, [Double]())
    try keys.require(.isResidual, false)
  }

  /// Writes a configuration as diffusers reads it.
  public func encode(to encoder: any Encoder) throws {
    var keys = encoder.container(keyedBy: CodingKeys.self)
    try keys.encode(baseDim, forKey: .baseDim)
    try keys.encodeIfPresent(decoderBaseDim, forKey: .decoderBaseDim)
    try keys.encode(zDim, forKey: .zDim)
    try keys.encode(dimMult, forKey: .dimMult)
    try keys.encode(numResBlocks, forKey: .numResBlocks)
    try keys.encode(temperalDownsample, forKey: .temperalDownsample)
    try keys.encode(inChannels, forKey: .inChannels)
    try keys.encode(outChannels, forKey: .outChannels)
    try keys.encode(latentsMean, forKey: .latentsMean)
    try keys.encode(latentsStd, forKey: .latentsStd)
    if patchSize != 1 { try keys.encode(patchSize, forKey: .patchSize) }
    try keys.encode(reduction, forKey: .spatialFactor)
    try keys.encode(timeReduction, forKey: .temporalFactor)
  }

  private func check(_ keys: ConfigurationKeys<CodingKeys>) throws {
    guard (1...16).contains(dimMult.count) else {
      throw keys.misfit(.dimMult, expected: "1 to 16 resolutions", found: dimMult.count)
    }
    for multiple in dimMult where !(1...1024).contains(multiple) {
      throw keys.misfit(.dimMult, expected: "multiples of 1 to 1024", found: multiple)
    }
    guard temperalDownsample.count == dimMult.count - 1 else {
      throw keys.misfit(
        .temperalDownsample, expected: "\(dimMult.count - 1), one less than dim_mult has",
        found: temperalDownsample.count)
    }
    for multiple in dimMult.dropFirst() where multiple * (decoderBaseDim ?? baseDim) % 2 != 0 {
      throw keys.misfit(
        .dimMult, expected: "an even number of channels in the decoder",
        found: multiple * (decoderBaseDim ?? baseDim))
    }
    for (key, channels) in [(CodingKeys.inChannels, inChannels), (.outChannels, outChannels)] {
      guard channels % (patchSize * patchSize) == 0 else {
        throw keys.misfit(
          key, expected: "a multiple of the \(patchSize * patchSize) places of a patch",
          found: channels)
      }
    }
    for (key, values) in [(CodingKeys.latentsMean, latentsMean), (.latentsStd, latentsStd)] {
      guard values.count == zDim, values.allSatisfy(\.isFinite) else {
        throw keys.misfit(key, expected: "\(zDim) numbers", found: values.count)
      }
    }
    if let zero = latentsStd.first(where: { $0 <= 0 }) {
      throw keys.misfit(.latentsStd, expected: "more than 0", found: zero)
    }
  }
}
