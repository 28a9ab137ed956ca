internal import Layers
internal import Torch

/// A normalization of groups of channels that the embedded timestep scales and shifts.
///
/// Dhariwal and Nichol 2021, section 3.1, https://arxiv.org/abs/2105.05233, around a factor of 1
/// and with 32 channels a group; diffusers' `AdaGroupNorm`.
struct AdaptiveGroupNorm: Sendable {
  /// The channels of a group.
  static let groupWidth = 32

  let linear: Linear
  let groups: Int
  let eps: Double

  init(_ scope: Scope, _ channels: Int, timeChannels: Int, eps: Double = 1e-5) {
    linear = Linear(scope / "linear", timeChannels, 2 * channels)
    groups = channels / Self.groupWidth
    self.eps = eps
  }

  /// - Parameters:
  ///   - x: `[batch, channels, height, width]`.
  ///   - time: The embedded timestep, `[batch, timeChannels]`.
  /// - Returns: The shape of `x`.
  func callAsFunction(_ x: Tensor, time: Tensor) -> Tensor {
    let told = linear(time).unsqueezed(-1, -1).chunked(2, dim: 1)
    // An operation before failed: `checked` throws it in the end.
    guard told.count == 2 else { return x }
    return x.groupNorm(groups, eps: eps) * (1 + told[0]) + told[1]
  }
}

/// Two convolutions that features are passed around, each after an adaptive normalization.
///
/// diffusers' `ResnetBlockCondNorm2D`.
struct AdaptiveResidualBlock: Sendable {
  let norm1: AdaptiveGroupNorm
  let conv1: Conv2d
  let norm2: AdaptiveGroupNorm
  let conv2: Conv2d
  let shortcut: Conv2d?

  /// - Parameters:
  ///   - scope: Where the weights are.
  ///   - channels: The channels of the features, between the convolutions, and of the result.
  ///   - configuration: The sizes.
  init(
    _ scope: Scope, channels: (Int, Int, Int), _ configuration: UNetEncoderConfiguration
  ) {
    let (inputs, width, outputs) = channels
    func norm(_ name: String, _ channels: Int) -> AdaptiveGroupNorm {
      AdaptiveGroupNorm(
        scope / name, channels, timeChannels: configuration.timeChannels,
        eps: configuration.normEps)
    }
    norm1 = norm("norm1", inputs)
    conv1 = Conv2d(scope / "conv1", inputs, width, kernel: 3, padding: 1)
    norm2 = norm("norm2", width)
    conv2 = Conv2d(scope / "conv2", width, outputs, kernel: 3, padding: 1)
    shortcut =
      inputs == outputs
      ? nil : Conv2d(scope / "conv_shortcut", inputs, outputs, kernel: 1, bias: false)
  }

  /// - Parameters:
  ///   - x: `[batch, channels, height, width]`.
  ///   - time: The embedded timestep, `[batch, timeChannels]`.
  /// - Returns: `[batch, outputs, height, width]`.
  func callAsFunction(_ x: Tensor, time: Tensor) -> Tensor {
    let h = conv1(norm1(x, time: time).gelu())
    return (shortcut?(x) ?? x) + conv2(norm2(h, time: time).gelu())
  }
}

/// Attention of all places to the prompt, and to one another before it where a network has that,
/// each after an adaptive normalization.
///
/// diffusers' `KAttentionBlock`: a transformer without a feed-forward network, whose prompt is
/// normalized.
struct AdaptiveAttention: Sendable {
  let norm1: AdaptiveGroupNorm?
  let attention1: Attention?
  let norm2: AdaptiveGroupNorm
  let promptNorm: LayerNorm
  let attention2: Attention
  /// The name of the attention to the prompt.
  let place: String

  /// - Parameters:
  ///   - scope: Where the weights are.
  ///   - channels: The channels of the features.
  ///   - level: The resolution of `configuration`, whose heads and prompts it has.
  ///   - attendsToPicture: Whether places attend to one another.
  ///   - configuration: The sizes.
  init(
    _ scope: Scope, _ channels: Int, level: Int, attendsToPicture: Bool,
    _ configuration: UNetEncoderConfiguration
  ) {
    let heads = channels / configuration.numAttentionHeads[level]
    let context = configuration.crossAttentionDim[level]
    func norm(_ name: String) -> AdaptiveGroupNorm {
      AdaptiveGroupNorm(scope / name, channels, timeChannels: configuration.timeChannels)
    }
    norm1 = attendsToPicture ? norm("norm1") : nil
    attention1 =
      attendsToPicture ? Attention(scope / "attn1", channels: channels, heads: heads) : nil
    norm2 = norm("norm2")
    promptNorm = LayerNorm(scope / "attn2" / "norm_cross", context)
    attention2 = Attention(scope / "attn2", channels: channels, context: context, heads: heads)
    place = (scope / "attn2").path
  }

  /// The prompt as the attention needs it.
  func context(_ prompt: PromptStates) -> TransformerBlock.Context {
    TransformerBlock.Context(
      first: nil, second: attention2.context(promptNorm(prompt.text), mask: prompt.mask),
      images: prompt.images.compactMap { $0.addition(at: place) })
  }

  /// - Parameters:
  ///   - x: `[batch, channels, height, width]`.
  ///   - time: The embedded timestep, `[batch, timeChannels]`.
  ///   - prompt: The projected prompt.
  ///   - extras: What else the transformers are told.
  /// - Returns: The shape of `x`.
  func callAsFunction(
    _ x: Tensor, time: Tensor, to prompt: TransformerBlock.Context,
    extras: AttentionExtras
  ) -> Tensor {
    let size = (rows: x.shape[2], columns: x.shape[3])
    var x = x
    if let norm1, let attention1 {
      x = attention1(norm1(x, time: time).places).picture(size) + x
    }
    let images = prompt.images.map { $0.weighted(rows: size.rows, columns: size.columns) }
    let found = attention2(
      norm2(x, time: time).places, to: prompt.second, adding: images,
      observe: extras.observer?.watching(place, size: size))
    return found.picture(size) + x
  }
}
