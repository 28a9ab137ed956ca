extension UNetEncoderConfiguration {
  /// Writes the half that a U-Net and a ControlNet share as diffusers reads it.
  func encode(to keys: inout KeyedEncodingContainer<UNetKey>) throws {
    try keys.encode(inChannels, forKey: .inChannels)
    try keys.encode(flipSinToCos, forKey: .flipSinToCos)
    try keys.encode(freqShift, forKey: .freqShift)
    try keys.encode(downBlockTypes.map(\.rawValue), forKey: .downBlockTypes)
    try keys.encode(midBlockType?.rawValue, forKey: .midBlockType)
    try keys.encode(onlyCrossAttention, forKey: .onlyCrossAttention)
    try keys.encode(blockOutChannels, forKey: .blockOutChannels)
    try keys.encode(downsamplePadding, forKey: .downsamplePadding)
    try keys.encode(isAdaptive ? nil : normNumGroups, forKey: .normNumGroups)
    try keys.encode(normEps, forKey: .normEps)
    try keys.encodeIfPresent(encoderHidDim, forKey: .encoderHidDim)
    try keys.encode(numAttentionHeads, forKey: .attentionHeadDim)
    try keys.encode(useLinearProjection, forKey: .useLinearProjection)
    try keys.encode(upcastAttention, forKey: .upcastAttention)
    try encodeEmbeddings(to: &keys)
    guard isAdaptive else { return }
    try keys.encode("gelu", forKey: .activation)
    try keys.encode("fourier", forKey: .timeEmbeddingType)
    try keys.encode("gelu", forKey: .timestepPostActivation)
  }

  private func encodeEmbeddings(to keys: inout KeyedEncodingContainer<UNetKey>) throws {
    switch classEmbedding {
    case .none: break
    case .table(let count): try keys.encode(count, forKey: .numClassEmbeds)
    case .timestep: try keys.encode("timestep", forKey: .classEmbedType)
    case .identity: try keys.encode("identity", forKey: .classEmbedType)
    case .projection(let inputs):
      try keys.encode("projection", forKey: .classEmbedType)
      try keys.encode(inputs, forKey: .projectionInputDim)
    case .simpleProjection(let inputs):
      try keys.encode("simple_projection", forKey: .classEmbedType)
      try keys.encode(inputs, forKey: .projectionInputDim)
    }
    guard let additionEmbedding else { return }
    try keys.encode("text_time", forKey: .additionEmbedType)
    try keys.encode(additionEmbedding.timeChannels, forKey: .additionTimeEmbedDim)
    try keys.encode(additionEmbedding.inputs, forKey: .projectionInputDim)
  }
}

extension UNet2DConditionConfiguration {
  /// Writes a configuration as diffusers reads it.
  public func encode(to encoder: any Encoder) throws {
    var keys = encoder.container(keyedBy: UNetKey.self)
    try self.encoder.encode(to: &keys)
    try keys.encode(self.encoder.layersPerBlock, forKey: .layersPerBlock)
    try keys.encode(self.encoder.crossAttentionDim, forKey: .crossAttentionDim)
    try keys.encode(self.encoder.transformerLayersPerBlock, forKey: .transformerLayersPerBlock)
    try keys.encode(upTransformerLayers, forKey: .reverseTransformerLayers)
    try keys.encodeIfPresent(self.encoder.timeEmbeddingDim, forKey: .timeEmbeddingDim)
    try keys.encodeIfPresent(self.encoder.timeCondProjDim, forKey: .timeCondProjDim)
    try keys.encode(self.encoder.convInKernel, forKey: .convInKernel)
    try keys.encodeIfPresent(sampleSize, forKey: .sampleSize)
    try keys.encode(outChannels, forKey: .outChannels)
    try keys.encode(centerInputSample, forKey: .centerInputSample)
    try keys.encode(upBlockTypes.map(\.rawValue), forKey: .upBlockTypes)
    try keys.encode(convOutKernel, forKey: .convOutKernel)
  }
}
