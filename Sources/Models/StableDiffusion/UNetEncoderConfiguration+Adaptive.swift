extension UNetEncoderConfiguration {
  /// Throws unless a network of adaptive blocks is as the latent upscaler's, or there is none of
  /// them.
  ///
  /// diffusers builds others too, some of which it cannot run.
  func checkAdaptive(_ keys: ConfigurationKeys<UNetKey>) throws {
    guard downBlockTypes.allSatisfy({ $0.isAdaptive == isAdaptive }) else {
      throw keys.misfit(
        .downBlockTypes, expected: "blocks of which all or none begin with K",
        found: downBlockTypes.map(\.rawValue))
    }
    guard isAdaptive else { return }
    try keys.checkAdaptiveKinds()
    for (key, isGiven) in [
      (UNetKey.midBlockType, midBlockType != nil), (.classEmbedType, classEmbedding != nil),
      (.additionEmbedType, additionEmbedding != nil), (.encoderHidDim, encoderHidDim != nil),
      (.onlyCrossAttention, onlyCrossAttention.contains(true)),
    ] where isGiven {
      throw keys.misfit(key, expected: "none beside KDownBlock2D", found: "a value")
    }
    let widths = blockOutChannels
    for width in widths where width % AdaptiveGroupNorm.groupWidth != 0 {
      throw keys.misfit(
        .blockOutChannels, expected: "multiples of \(AdaptiveGroupNorm.groupWidth)", found: width)
    }
    // diffusers tells by these numbers that the coarsest resolution takes nothing up.
    guard timeChannels == widths[levels - 1], widths[max(levels - 2, 0)] == timeChannels else {
      throw keys.misfit(
        .blockOutChannels,
        expected: "the last two as wide as the embedded timestep, \(timeChannels)", found: widths)
    }
    guard downBlockTypes.last == .adaptiveCrossAttention else {
      throw keys.misfit(
        .downBlockTypes, expected: "KCrossAttnDownBlock2D at the last resolution",
        found: downBlockTypes.map(\.rawValue))
    }
  }
}

extension UNet2DConditionConfiguration {
  /// Throws unless the expanding half has adaptive blocks where the other has, in an order that
  /// diffusers can run.
  func checkAdaptive(_ keys: ConfigurationKeys<UNetKey>) throws {
    let (widths, levels) = (encoder.blockOutChannels, encoder.levels)
    for (index, block) in upBlockTypes.enumerated() {
      guard block.isAdaptive == encoder.isAdaptive else {
        throw keys.misfit(
          .upBlockTypes, expected: "blocks that begin with K where those of the other half do",
          found: upBlockTypes.map(\.rawValue))
      }
      guard encoder.isAdaptive else { continue }
      let (width, finer) = (widths[levels - 1 - index], widths[max(levels - 2 - index, 0)])
      let takesNothing = width == finer && width == encoder.timeChannels
      let isRunnable =
        block == .adaptive
        ? index > 0 && width == finer : (index == 0) == takesNothing
      guard isRunnable else {
        throw keys.misfit(
          .upBlockTypes,
          """
          expected KCrossAttnUpBlock2D for the coarsest resolution and where the width changes, \
          and KUpBlock2D where it is that of the embedded timestep, found \
          \(upBlockTypes.map(\.rawValue))
          """)
      }
    }
  }
}

extension ConfigurationKeys where Key == UNetKey {
  /// Refuses other values than those that adaptive blocks come with.
  fileprivate func checkAdaptiveKinds() throws {
    guard try isNull(.normNumGroups) else {
      throw misfit(.normNumGroups, expected: "null beside KDownBlock2D", found: "a value or none")
    }
    for (key, expected) in [
      (Key.timeEmbeddingType, "fourier"), (.timestepPostActivation, "gelu"),
    ] {
      let found = try value(key, or: "none")
      guard found == expected else { throw misfit(key, expected: expected, found: found) }
    }
  }
}
