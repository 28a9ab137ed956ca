internal import Layers
internal import Torch

/// The blocks at one resolution of the contracting half of a U-Net, and the way to the next.
protocol ContractingStage: Sendable {
  /// The prompt as each layer needs it.
  func context(_ prompt: PromptStates) -> [UNetLayer.Context]

  /// - Parameters:
  ///   - x: The features, which become those of the next resolution.
  ///   - skips: Is given what the expanding half takes up.
  ///   - time: The embedded timestep.
  ///   - prompt: What the layers attend to.
  ///   - extras: What else the blocks are told.
  func callAsFunction(
    _ x: inout Tensor, skips: inout [Tensor], time: Tensor, prompt: [UNetLayer.Context],
    extras: inout UNetExtras)
}

/// The blocks at one resolution of the expanding half of a U-Net, and the way to the next.
protocol ExpandingStage: Sendable {
  /// The prompt as each layer needs it.
  func context(_ prompt: PromptStates) -> [UNetLayer.Context]

  /// - Parameters:
  ///   - x: The features of the coarser resolution.
  ///   - skips: What the contracting half left; what is taken up is taken off its end.
  ///   - time: The embedded timestep.
  ///   - prompt: What the layers attend to.
  ///   - extras: What else the transformers are told.
  /// - Returns: The features of the next resolution.
  func callAsFunction(
    _ x: Tensor, skips: inout [Tensor], time: Tensor, prompt: [UNetLayer.Context],
    extras: AttentionExtras
  ) -> Tensor
}

/// A residual block and the transformer after it, if there is one.
struct UNetLayer: Sendable {
  let resnet: ResidualBlock
  let transformer: SpatialTransformer?

  /// What the transformer attends to.
  typealias Context = [TransformerBlock.Context]

  func context(_ prompt: PromptStates) -> Context {
    transformer?.context(prompt) ?? []
  }

  /// - Parameters:
  ///   - x: `[batch, channels, height, width]`.
  ///   - time: `silu` of the embedded timestep.
  ///   - prompt: What the transformer attends to.
  ///   - extras: What else the transformers are told.
  /// - Returns: The features after the block, at the same resolution.
  func callAsFunction(
    _ x: Tensor, time: Tensor, prompt: Context, extras: AttentionExtras
  ) -> Tensor {
    let h = resnet(x, time: time)
    return transformer?(h, to: prompt, extras: extras) ?? h
  }
}

/// The blocks at one resolution of the contracting half, and the way to the next.
struct DownStage: ContractingStage {
  let layers: [UNetLayer]
  let downsampler: Conv2d?
  let padding: Int
  let wrapping: Wrapping?

  init(_ scope: Scope, level: Int, _ configuration: UNetEncoderConfiguration) {
    let widths = configuration.blockOutChannels
    let attends = configuration.downBlockTypes[level] == .crossAttention
    layers = (0..<configuration.layersPerBlock[level]).map { index in
      let inputs = index == 0 ? widths[max(level - 1, 0)] : widths[level]
      return UNetLayer(
        resnet: ResidualBlock(
          scope / "resnets" / index, inputs, widths[level], configuration),
        transformer: attends
          ? SpatialTransformer(
            scope / "attentions" / index, level: level,
            layers: configuration.transformerLayersPerBlock[level][index],
            attendsToPromptOnly: configuration.onlyCrossAttention[level], configuration) : nil)
    }
    padding = configuration.downsamplePadding
    wrapping = scope.wrapping
    downsampler =
      level == widths.count - 1
      ? nil
      : Conv2d(
        scope / "downsamplers" / 0 / "conv", widths[level], widths[level], kernel: 3, stride: 2,
        padding: padding)
  }

  func context(_ prompt: PromptStates) -> [UNetLayer.Context] {
    layers.map { $0.context(prompt) }
  }

  func callAsFunction(
    _ x: inout Tensor, skips: inout [Tensor], time: Tensor, prompt: [UNetLayer.Context],
    extras: inout UNetExtras
  ) {
    through(layers.indices, &x, skips: &skips, time: time, prompt: prompt, extras: &extras)
    leave(&x, skips: &skips, extras: &extras)
  }

  private var attends: Bool { layers.contains { $0.transformer != nil } }

  /// Some of the layers, at their resolution.
  func through(
    _ part: Range<Int>, _ x: inout Tensor, skips: inout [Tensor], time: Tensor,
    prompt: [UNetLayer.Context], extras: inout UNetExtras
  ) {
    for index in part {
      x = layers[index](x, time: time, prompt: prompt[index], extras: extras.attention)
      // An adapter adds to the last features of a resolution that attends to the prompt, and to
      // what another one hands on.
      if attends, index == layers.count - 1 { x = extras.adapted(x) }
      skips.append(x)
    }
  }

  /// The way to the next resolution.
  func leave(_ x: inout Tensor, skips: inout [Tensor], extras: inout UNetExtras) {
    if let downsampler {
      x = downsampler(padding == 0 ? x.padded([0, 1, 0, 1], wrapping: wrapping) : x)
      skips.append(x)
    }
    if !attends, extras.hasAdapter {
      x = extras.adapted(x)
      skips[skips.count - 1] = x
    }
  }
}

/// The blocks between the two halves.
struct MiddleStage: Sendable {
  let first: ResidualBlock
  let transformer: SpatialTransformer?
  let second: ResidualBlock?

  init(
    _ scope: Scope, _ type: UNetEncoderConfiguration.MiddleBlock,
    _ configuration: UNetEncoderConfiguration
  ) {
    let level = configuration.levels - 1
    let width = configuration.blockOutChannels[level]
    func block(_ index: Int) -> ResidualBlock {
      ResidualBlock(scope / "resnets" / index, width, width, configuration)
    }
    let attends = type == .crossAttention
    first = block(0)
    transformer =
      attends
      ? SpatialTransformer(
        scope / "attentions" / 0, level: level, layers: configuration.middleTransformerLayers,
        attendsToPromptOnly: false, configuration) : nil
    second = attends ? block(1) : nil
  }

  func context(_ prompt: PromptStates) -> UNetLayer.Context {
    transformer?.context(prompt) ?? []
  }

  func callAsFunction(
    _ x: Tensor, time: Tensor, prompt: UNetLayer.Context, extras: AttentionExtras
  ) -> Tensor {
    var h = first(x, time: time)
    h = transformer?(h, to: prompt, extras: extras) ?? h
    return second?(h, time: time) ?? h
  }
}

/// The blocks at one resolution of the expanding half, and the way to the next.
struct UpStage: ExpandingStage {
  let layers: [UNetLayer]
  let upsampler: Conv2d?

  /// - Parameters:
  ///   - scope: Where the weights are.
  ///   - index: The place in the expanding half, 0 for the coarsest resolution.
  ///   - configuration: The sizes.
  init(_ scope: Scope, _ index: Int, _ configuration: UNet2DConditionConfiguration) {
    let encoder = configuration.encoder
    let widths = encoder.blockOutChannels
    let level = widths.count - 1 - index
    let (width, coarser) = (widths[level], widths[min(level + 1, widths.count - 1)])
    let last = encoder.layersPerBlock[level]
    layers = (0...last).map { layer in
      let features = layer == 0 ? coarser : width
      let skip = layer == last ? widths[max(level - 1, 0)] : width
      return UNetLayer(
        resnet: ResidualBlock(scope / "resnets" / layer, features + skip, width, encoder),
        transformer: configuration.upBlockTypes[index] == .crossAttention
          ? SpatialTransformer(
            scope / "attentions" / layer, level: level,
            layers: configuration.upTransformerLayers[index][layer],
            attendsToPromptOnly: encoder.onlyCrossAttention[level], encoder) : nil)
    }
    upsampler =
      level == 0
      ? nil : Conv2d(scope / "upsamplers" / 0 / "conv", width, width, kernel: 3, padding: 1)
  }

  func context(_ prompt: PromptStates) -> [UNetLayer.Context] {
    layers.map { $0.context(prompt) }
  }

  func callAsFunction(
    _ x: Tensor, skips: inout [Tensor], time: Tensor, prompt: [UNetLayer.Context],
    extras: AttentionExtras
  ) -> Tensor {
    let h = through(
      layers.indices, x, skips: &skips, time: time, prompt: prompt, extras: extras)
    guard let upsampler, let next = skips.last else { return h }
    // As large as what it is joined to: an odd size was rounded up on the way down.
    return upsampler(h.upsampledNearest2d(size: [next.shape[2], next.shape[3]], scale: nil))
  }
}

extension UpStage {
  /// Some of the layers, at their resolution; each takes one of what was left off its end.
  func through(
    _ part: Range<Int>, _ x: Tensor, skips: inout [Tensor], time: Tensor,
    prompt: [UNetLayer.Context], extras: AttentionExtras
  ) -> Tensor {
    part.reduce(x) { h, index in
      layers[index](
        concatenate(h, skips.removeLast(), dim: 1), time: time, prompt: prompt[index],
        extras: extras)
    }
  }
}

extension ResidualBlock {
  /// A block that the timestep shifts.
  fileprivate init(
    _ scope: Scope, _ inputs: Int, _ outputs: Int, _ configuration: UNetEncoderConfiguration
  ) {
    self.init(
      scope, channels: (inputs, outputs), timeChannels: configuration.timeChannels,
      groups: configuration.normNumGroups, eps: configuration.normEps)
  }
}
