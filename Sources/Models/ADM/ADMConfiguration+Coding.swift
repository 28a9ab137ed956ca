extension ADMConfiguration {
  enum CodingKeys: String, CodingKey {
    case imageSize = "image_size"
    case inChannels = "in_channels"
    case outChannels = "out_channels"
    case modelChannels = "model_channels"
    case numResBlocks = "num_res_blocks"
    case attentionResolutions = "attention_resolutions"
    case channelMult = "channel_mult"
    case numClasses = "num_classes"
    case convResample = "conv_resample"
    case numHeads = "num_heads"
    case numHeadChannels = "num_head_channels"
    case useScaleShiftNorm = "use_scale_shift_norm"
    case resblockUpdown = "resblock_updown"
    case useNewAttentionOrder = "use_new_attention_order"
    // What guided-diffusion does not have.
    case isToldNumber = "number_label"
    // What guided-diffusion can vary and this network does not.
    case dimensions = "dims"
    case numHeadsUpsample = "num_heads_upsample"
  }

  /// Reads a configuration; a key that is not there has guided-diffusion's default, one that is
  /// not known is passed over.
  ///
  /// - Throws: `DecodingError` if a size cannot be, or if another kind of network is described.
  public init(from decoder: any Decoder) throws {
    let keys = try ConfigurationKeys<CodingKeys>(decoder)
    imageSize = try keys.size(.imageSize, most: 1 << 13)
    inChannels = try keys.size(.inChannels, most: 1 << 12)
    outChannels = try keys.size(.outChannels)
    modelChannels = try keys.size(.modelChannels, most: 1 << 14)
    numResBlocks = try keys.size(.numResBlocks, most: 256)
    attentionResolutions = try keys.required(.attentionResolutions)
    channelMult = try keys.value(.channelMult, or: [1, 2, 4, 8])
    convResample = try keys.value(.convResample, or: true)
    numHeads = try keys.size(.numHeads, or: 1, most: 1 << 10)
    numHeadChannels =
      try keys.value(.numHeadChannels, or: -1) == -1 ? nil : keys.size(.numHeadChannels)
    useScaleShiftNorm = try keys.value(.useScaleShiftNorm, or: false)
    resblockUpdown = try keys.value(.resblockUpdown, or: false)
    useNewAttentionOrder = try keys.value(.useNewAttentionOrder, or: false)
    labels = try Self.labels(keys)
    try keys.require(.dimensions, 2)
    try keys.require(.numHeadsUpsample, -1)
    try check(keys)
  }

  /// Writes a configuration as guided-diffusion's `UNetModel` takes it.
  ///
  /// It has no word for a label that is a number: that is written only where there is one.
  public func encode(to encoder: any Encoder) throws {
    var keys = encoder.container(keyedBy: CodingKeys.self)
    try keys.encode(imageSize, forKey: .imageSize)
    try keys.encode(inChannels, forKey: .inChannels)
    try keys.encode(outChannels, forKey: .outChannels)
    try keys.encode(modelChannels, forKey: .modelChannels)
    try keys.encode(numResBlocks, forKey: .numResBlocks)
    try keys.encode(attentionResolutions, forKey: .attentionResolutions)
    try keys.encode(channelMult, forKey: .channelMult)
    try keys.encode(convResample, forKey: .convResample)
    try keys.encode(numHeads, forKey: .numHeads)
    try keys.encode(numHeadChannels ?? -1, forKey: .numHeadChannels)
    try keys.encode(useScaleShiftNorm, forKey: .useScaleShiftNorm)
    try keys.encode(resblockUpdown, forKey: .resblockUpdown)
    try keys.encode(useNewAttentionOrder, forKey: .useNewAttentionOrder)
    switch labels {
    case .classes(let count): try keys.encode(count, forKey: .numClasses)
    case .number: try keys.encode(true, forKey: .isToldNumber)
    case nil: break
    }
  }

  private static func labels(_ keys: ConfigurationKeys<CodingKeys>) throws -> NetworkLabels? {
    let hasClasses = try keys.value(.numClasses, as: Int.self) != nil
    guard try keys.value(.isToldNumber, or: false) else {
      return hasClasses ? .classes(try keys.size(.numClasses)) : nil
    }
    guard !hasClasses else {
      throw keys.misfit(.isToldNumber, expected: "false beside num_classes", found: "true")
    }
    return .number
  }

  private func check(_ keys: ConfigurationKeys<CodingKeys>) throws {
    guard modelChannels.isMultiple(of: 2) else {
      throw keys.misfit(.modelChannels, expected: "an even number", found: modelChannels)
    }
    guard (1...12).contains(channelMult.count) else {
      throw keys.misfit(.channelMult, expected: "1 to 12 resolutions", found: channelMult.count)
    }
    guard imageSize.isMultiple(of: reduction) else {
      throw keys.misfit(.imageSize, expected: "a multiple of \(reduction)", found: imageSize)
    }
    for factor in channelMult where !(factor > 0 && factor <= 64) {
      throw keys.misfit(.channelMult, expected: "more than 0, at most 64", found: factor)
    }
    for (level, width) in widths.enumerated() {
      guard width > 0, width.isMultiple(of: ADMBlock.groups) else {
        throw keys.misfit(
          .channelMult, "\(width) channels do not divide into \(ADMBlock.groups) groups")
      }
      let isAttended =
        level == widths.count - 1 || attentionResolutions.contains(1 << level)
      let part = numHeadChannels ?? numHeads
      guard !isAttended || width.isMultiple(of: part) else {
        let key: CodingKeys = numHeadChannels == nil ? .numHeads : .numHeadChannels
        let found = numHeadChannels == nil ? "\(part) heads" : "heads of \(part) channels"
        throw keys.misfit(key, "\(width) channels do not divide into \(found)")
      }
    }
  }
}
