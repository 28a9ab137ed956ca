extension UNetEncoderConfiguration {
  /// Reads the half that a U-Net and a ControlNet share; a key that is not there has diffusers'
  /// default.
  ///
  /// - Parameters:
  ///   - keys: The keys.
  ///   - heads: The key of the number of attention heads.
  /// - Throws: `DecodingError`.
  init(_ keys: ConfigurationKeys<UNetKey>, heads: UNetKey = .attentionHeadDim) throws {
    let published = UNetEncoderConfiguration()
    blockOutChannels = try keys.value(.blockOutChannels, or: published.blockOutChannels)
    let levels = blockOutChannels.count
    guard (1...16).contains(levels) else {
      throw keys.misfit(.blockOutChannels, expected: "1 to 16 resolutions", found: levels)
    }
    downBlockTypes = try keys.blocks(
      .downBlockTypes, or: published.downBlockTypes, levels: levels)
    midBlockType = try keys.middleBlock()
    layersPerBlock = try keys.sizes(.layersPerBlock, or: 2, count: levels, most: 4096)
    transformerLayersPerBlock =
      try keys.transformerLayers(.transformerLayersPerBlock, transformers: layersPerBlock)
      ?? layersPerBlock.map { Array(repeating: 1, count: $0) }
    numAttentionHeads = try keys.sizes(heads, or: 8, count: levels, most: 1 << 12)
    onlyCrossAttention = try keys.perLevel(.onlyCrossAttention, or: false, count: levels)
    crossAttentionDim = try keys.sizes(.crossAttentionDim, or: 1280, count: levels)
    inChannels = try keys.size(.inChannels, or: 4)
    normNumGroups = try keys.size(.normNumGroups, or: 32)
    normEps = try keys.value(.normEps, or: 1e-5)
    flipSinToCos = try keys.value(.flipSinToCos, or: true)
    freqShift = try keys.value(.freqShift, or: 0)
    downsamplePadding = try keys.value(.downsamplePadding, or: 1)
    useLinearProjection = try keys.value(.useLinearProjection, or: false)
    upcastAttention = try keys.value(.upcastAttention, or: false)
    timeEmbeddingDim = try keys.optionalSize(.timeEmbeddingDim)
    timeCondProjDim = try keys.optionalSize(.timeCondProjDim)
    convInKernel = try keys.size(.convInKernel, or: 3, most: 63)
    encoderHidDim = try keys.encoderHidDim()
    classEmbedding = try keys.classEmbedding()
    additionEmbedding = try keys.additionEmbedding()
    try check(keys)
    try keys.checkKind(isAdaptive: isAdaptive)
    try checkAdaptive(keys)
  }

  private func check(_ keys: ConfigurationKeys<UNetKey>) throws {
    for channels in blockOutChannels {
      guard (1...(1 << 20)).contains(channels) else {
        throw keys.misfit(.blockOutChannels, expected: "1 to \(1 << 20)", found: channels)
      }
      guard channels % normNumGroups == 0 else {
        throw keys.misfit(
          .blockOutChannels, "\(channels) channels do not divide into \(normNumGroups) groups")
      }
    }
    guard blockOutChannels[0] % 2 == 0 else {
      throw keys.misfit(
        .blockOutChannels, expected: "an even first number", found: blockOutChannels[0])
    }
    for (channels, heads) in zip(blockOutChannels, numAttentionHeads) {
      guard channels % heads == 0 else {
        throw keys.misfit(
          .attentionHeadDim, "\(channels) channels do not divide into \(heads) heads")
      }
    }
    guard (0...1).contains(downsamplePadding) else {
      throw keys.misfit(.downsamplePadding, expected: "0 or 1", found: downsamplePadding)
    }
    guard convInKernel % 2 == 1 else {
      throw keys.misfit(.convInKernel, expected: "an odd number", found: convInKernel)
    }
    guard normEps > 0, normEps.isFinite else {
      throw keys.misfit(.normEps, expected: "more than 0", found: normEps)
    }
    guard freqShift < Double(blockOutChannels[0] / 2) else {
      throw keys.misfit(
        .freqShift, expected: "less than \(blockOutChannels[0] / 2)", found: freqShift)
    }
    // One linear map serves all resolutions.
    guard encoderHidDim == nil || Set(crossAttentionDim).count == 1 else {
      throw keys.misfit(
        .crossAttentionDim, expected: "one number beside encoder_hid_dim",
        found: crossAttentionDim)
    }
  }
}

extension ConfigurationKeys where Key == UNetKey {
  fileprivate func middleBlock() throws -> UNetEncoderConfiguration.MiddleBlock? {
    if try isNull(.midBlockType) { return nil }
    let standard = UNetEncoderConfiguration.MiddleBlock.crossAttention.rawValue
    return try block(.midBlockType, try value(.midBlockType, or: standard))
  }

  func optionalSize(_ key: Key) throws -> Int? {
    try value(key, as: Int.self) == nil ? nil : size(key)
  }

  fileprivate func encoderHidDim() throws -> Int? {
    let channels = try optionalSize(.encoderHidDim)
    guard let type = try value(.encoderHidDimType, as: String.self) else { return channels }
    guard type == "text_proj" else {
      throw misfit(.encoderHidDimType, expected: "text_proj or none", found: type)
    }
    guard let channels else {
      throw misfit(.encoderHidDimType, "text_proj needs encoder_hid_dim, found none")
    }
    return channels
  }

  fileprivate func classEmbedding() throws -> UNetEncoderConfiguration.ClassEmbedding? {
    guard let type = try value(.classEmbedType, as: String.self) else {
      return try optionalSize(.numClassEmbeds).map { .table($0) }
    }
    switch type {
    case "timestep": return .timestep
    case "identity": return .identity
    case "projection": return .projection(try projectionInputs(of: .classEmbedType, type))
    case "simple_projection":
      return .simpleProjection(try projectionInputs(of: .classEmbedType, type))
    default:
      let known = "timestep, identity, projection, simple_projection or none"
      throw misfit(.classEmbedType, expected: known, found: type)
    }
  }

  fileprivate func additionEmbedding() throws -> UNetEncoderConfiguration.AdditionEmbedding? {
    guard let type = try value(.additionEmbedType, as: String.self) else { return nil }
    guard type == "text_time" else {
      throw misfit(.additionEmbedType, expected: "text_time or none", found: type)
    }
    guard let channels = try optionalSize(.additionTimeEmbedDim), channels % 2 == 0 else {
      throw misfit(.additionTimeEmbedDim, "text_time needs an even number here")
    }
    return .init(
      timeChannels: channels, inputs: try projectionInputs(of: .additionEmbedType, type))
  }

  private func projectionInputs(of key: Key, _ type: String) throws -> Int {
    guard let inputs = try optionalSize(.projectionInputDim) else {
      throw misfit(key, "\(type) needs \(Key.projectionInputDim.rawValue), found none")
    }
    return inputs
  }

  /// Refuses what diffusers can run and these networks cannot.
  fileprivate func checkKind(isAdaptive: Bool) throws {
    let activation = try value(.activation, or: "silu")
    guard (isAdaptive ? ["gelu"] : ["silu", "swish"]).contains(activation.lowercased()) else {
      throw misfit(.activation, expected: isAdaptive ? "gelu" : "silu", found: activation)
    }
    guard try !value(.dualCrossAttention, or: false) else {
      throw misfit(
        .dualCrossAttention,
        "expected false, found true: transformers for two prompts at once are not supported")
    }
    try require(.dropout, 0.0)
    try require(.midBlockScaleFactor, 1.0)
    try require(.attentionType, "default")
    try require(.classEmbeddingsConcat, false)
    try requireNone(.timeEmbeddingActivation)
    // What adaptive blocks do not look at, or have another value of.
    guard !isAdaptive else { return }
    try require(.resnetTimeScaleShift, "default")
    try require(.resnetSkipTimeAct, false)
    try require(.resnetOutScaleFactor, 1.0)
    try require(.timeEmbeddingType, "positional")
    try requireNone(.crossAttentionNorm)
    try requireNone(.timestepPostActivation)
  }
}
