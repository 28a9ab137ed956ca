internal import Layers
internal import Torch

/// A residual block and the attention after it, if there is one.
struct AdaptiveLayer: Sendable {
  let resnet: AdaptiveResidualBlock
  let attention: AdaptiveAttention?

  func context(_ prompt: PromptStates) -> UNetLayer.Context {
    attention.map { [$0.context(prompt)] } ?? []
  }

  /// - Parameters:
  ///   - x: `[batch, channels, height, width]`.
  ///   - time: The embedded timestep.
  ///   - prompt: What is attended to.
  ///   - extras: What else the transformers are told.
  /// - Returns: The features after the block, at the same resolution.
  func callAsFunction(
    _ x: Tensor, time: Tensor, prompt: UNetLayer.Context, extras: AttentionExtras
  ) -> Tensor {
    let h = resnet(x, time: time)
    guard let attention, let context = prompt.first else { return h }
    return attention(h, time: time, to: context, extras: extras)
  }
}

/// diffusers' `KDownBlock2D` and `KCrossAttnDownBlock2D`: only the last features are handed across,
/// and those of the coarsest resolution are not.
struct AdaptiveDownStage: ContractingStage {
  let layers: [AdaptiveLayer]
  let downsampler: BinomialFilter?

  init(_ scope: Scope, level: Int, _ configuration: UNetEncoderConfiguration) {
    let widths = configuration.blockOutChannels
    let (width, isLast) = (widths[level], level == widths.count - 1)
    layers = (0..<configuration.layersPerBlock[level]).map { index in
      let inputs = index == 0 ? widths[max(level - 1, 0)] : width
      return AdaptiveLayer(
        resnet: AdaptiveResidualBlock(
          scope / "resnets" / index, channels: (inputs, width, width), configuration),
        attention: configuration.downBlockTypes[level].attends
          ? AdaptiveAttention(
            scope / "attentions" / index, width, level: level, attendsToPicture: isLast,
            configuration) : nil)
    }
    downsampler = isLast ? nil : BinomialFilter(wrapping: scope.wrapping)
  }

  func context(_ prompt: PromptStates) -> [UNetLayer.Context] {
    layers.map { $0.context(prompt) }
  }

  func callAsFunction(
    _ x: inout Tensor, skips: inout [Tensor], time: Tensor, prompt: [UNetLayer.Context],
    extras: inout UNetExtras
  ) {
    for (layer, context) in zip(layers, prompt) {
      x = layer(x, time: time, prompt: context, extras: extras.attention)
    }
    guard let downsampler else { return }
    skips.append(x)
    x = downsampler.halved(x)
  }
}

/// diffusers' `KCrossAttnUpBlock2D` and `KUpBlock2D`: the first block takes up what was handed
/// across, and the last one has the width of the next resolution.
struct AdaptiveUpStage: ExpandingStage {
  let layers: [AdaptiveLayer]
  /// Whether it is the coarsest resolution, which takes nothing up.
  let isFirst: Bool
  let upsampler: BinomialFilter?

  /// - Parameters:
  ///   - scope: Where the weights are.
  ///   - index: The place in the expanding half, 0 for the coarsest resolution.
  ///   - configuration: The sizes.
  init(_ scope: Scope, _ index: Int, _ configuration: UNet2DConditionConfiguration) {
    let encoder = configuration.encoder
    let widths = encoder.blockOutChannels
    let level = widths.count - 1 - index
    let (width, finer) = (widths[level], widths[max(level - 1, 0)])
    let (count, isFirst) = (encoder.layersPerBlock[level], index == 0)
    layers = (0..<count).map { layer in
      let inputs = layer == 0 && !isFirst ? 2 * width : width
      let outputs = layer == count - 1 ? finer : width
      return AdaptiveLayer(
        resnet: AdaptiveResidualBlock(
          scope / "resnets" / layer, channels: (inputs, width, outputs), encoder),
        attention: configuration.upBlockTypes[index] == .adaptiveCrossAttention
          ? AdaptiveAttention(
            scope / "attentions" / layer, outputs, level: level, attendsToPicture: isFirst,
            encoder) : nil)
    }
    self.isFirst = isFirst
    upsampler = level == 0 ? nil : BinomialFilter(wrapping: scope.wrapping)
  }

  func context(_ prompt: PromptStates) -> [UNetLayer.Context] {
    layers.map { $0.context(prompt) }
  }

  func callAsFunction(
    _ x: Tensor, skips: inout [Tensor], time: Tensor, prompt: [UNetLayer.Context],
    extras: AttentionExtras
  ) -> Tensor {
    var h = isFirst ? x : concatenate(x, skips.removeLast(), dim: 1)
    for (layer, context) in zip(layers, prompt) {
      h = layer(h, time: time, prompt: context, extras: extras)
    }
    return upsampler?.doubled(h) ?? h
  }
}

/// Features at half or twice the resolution, through the binomial filter `[1, 3, 3, 1] / 8`.
///
/// diffusers' `KDownsample2D` and `KUpsample2D`: beyond the edges the features are mirrored, so
/// they must be two places wide and high.
struct BinomialFilter: Sendable {
  /// Which edges of a picture meet.
  let wrapping: Wrapping?

  private static let taps: [Float] = [1, 3, 3, 1]

  /// The filter for each of so many channels, `[channels, 1, 4, 4]`, with a sum.
  private func kernel(_ sum: Double, like x: Tensor) -> Tensor {
    let taps = Self.taps.flatMap { row in Self.taps.map { row * $0 } }
    return (Tensor(taps, shape: [1, 1, 4, 4]) * (sum / 64)).moved(to: x.device)
      .converted(to: x.dtype).repeated([x.shape[1], 1, 1, 1])
  }

  /// - Parameter x: `[batch, channels, height, width]`.
  /// - Returns: `[batch, channels, height / 2, width / 2]`, rounded down.
  func halved(_ x: Tensor) -> Tensor {
    x.padded([1, 1, 1, 1], wrapping: wrapping, mode: "reflect")
      .conv2d(kernel(1, like: x), stride: [2, 2], groups: x.shape[1])
  }

  /// - Parameter x: `[batch, channels, height, width]`.
  /// - Returns: `[batch, channels, 2 · height, 2 · width]`.
  func doubled(_ x: Tensor) -> Tensor {
    x.padded([1, 1, 1, 1], wrapping: wrapping, mode: "reflect")
      .convTranspose2d(kernel(4, like: x), stride: [2, 2], padding: [3, 3], groups: x.shape[1])
  }
}
