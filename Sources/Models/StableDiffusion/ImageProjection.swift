public import Layers
public import Torch

/// The embedding of a picture as a few words of a prompt.
///
/// Ye et al. 2023 (IP-Adapter), https://arxiv.org/abs/2308.06721; equal to diffusers'
/// `ImageProjection`, whose names the weights have.
public struct ImageProjection: Sendable {
  let projection: Linear
  let norm: LayerNorm
  let words: Int

  /// A projection with the weights below `scope`.
  ///
  /// - Parameters:
  ///   - scope: Where the weights are.
  ///   - imageChannels: The channels of the picture's embedding.
  ///   - channels: The channels of a word, the U-Net's `crossAttentionDim`.
  ///   - words: The number of words; 4 in the published adapters.
  public init(_ scope: Scope, imageChannels: Int, channels: Int, words: Int) {
    projection = Linear(scope / "image_embeds", imageChannels, words * channels)
    norm = LayerNorm(scope / "norm", channels)
    self.words = words
  }

  /// - Parameter image: `[batch, imageChannels]`.
  /// - Returns: `[batch, words, channels]`.
  public func callAsFunction(_ image: Tensor) -> Tensor {
    norm(projection(image).reshaped(image.shape[0], words, -1))
  }
}

/// A word of every state of an image encoder.
///
/// The projection of IP-Adapter Full Face; equal to diffusers' `IPAdapterFullImageProjection`,
/// whose names the weights have.
struct StateProjection: Sendable {
  let expand: Linear
  let contract: Linear
  let norm: LayerNorm

  init(_ scope: Scope, imageChannels: Int, channels: Int) {
    let net = scope / "ff" / "net"
    expand = Linear(net / 0 / "proj", imageChannels, imageChannels)
    contract = Linear(net / 2, imageChannels, channels)
    norm = LayerNorm(scope / "norm", channels)
  }

  /// - Parameter image: `[batch, states, imageChannels]`.
  /// - Returns: `[batch, states, channels]`.
  func callAsFunction(_ image: Tensor) -> Tensor { norm(contract(expand(image).gelu())) }
}

/// The sizes of an ``ImageResampler``.
public struct ImageResamplerConfiguration: Sendable, Hashable {
  /// The channels of the image encoder's states.
  public var imageChannels = 1280
  /// The channels of a word, the U-Net's `crossAttentionDim`.
  public var channels = 768
  /// The channels inside.
  public var hiddenChannels = 768
  /// The number of blocks.
  public var depth = 4
  /// The number of attention heads.
  public var heads = 12
  /// The number of words.
  public var words = 16

  /// The published sizes of IP-Adapter Plus for Stable Diffusion 1.
  public init() {}
}

/// The states of an image encoder, attended to by a few words of a prompt.
///
/// The resampler of IP-Adapter Plus, after Alayrac et al. 2022 (Flamingo),
/// https://arxiv.org/abs/2204.14198; equal to diffusers' `IPAdapterPlusImageProjection`, whose
/// names the weights have.
public struct ImageResampler: Sendable {
  let words: Tensor
  let projectionIn: Linear
  let blocks: [ResamplerBlock]
  let projectionOut: Linear
  let normOut: LayerNorm

  /// A resampler with the weights below `scope`.
  public init(_ scope: Scope, _ configuration: ImageResamplerConfiguration) {
    let hidden = configuration.hiddenChannels
    words = scope.parameter(
      "latents", [1, configuration.words, hidden], .normal(1 / Double(hidden).squareRoot()))
    projectionIn = Linear(scope / "proj_in", configuration.imageChannels, hidden)
    blocks = (0..<configuration.depth).map {
      ResamplerBlock(scope / "layers" / $0, channels: hidden, heads: configuration.heads)
    }
    projectionOut = Linear(scope / "proj_out", hidden, configuration.channels)
    normOut = LayerNorm(scope / "norm_out", configuration.channels)
  }

  /// - Parameter image: `[batch, places, imageChannels]`.
  /// - Returns: `[batch, words, channels]`.
  public func callAsFunction(_ image: Tensor) -> Tensor {
    let places = projectionIn(image)
    let first = words.expanded(image.shape[0], -1, -1)
    return normOut(projectionOut(blocks.reduce(first) { $1($0, places: places) }))
  }
}

/// Words that attend to places of a picture and to one another.
struct ResamplerBlock: Sendable {
  let placeNorm: LayerNorm
  let wordNorm: LayerNorm
  let attention: Attention
  let norm: LayerNorm
  let expand: Linear
  let contract: Linear

  init(_ scope: Scope, channels: Int, heads: Int) {
    placeNorm = LayerNorm(scope / "ln0", channels)
    wordNorm = LayerNorm(scope / "ln1", channels)
    attention = Attention(scope / "attn", channels: channels, heads: heads, biases: [])
    norm = LayerNorm(scope / "ff" / 0, channels)
    let net = scope / "ff" / 1 / "net"
    expand = Linear(net / 0 / "proj", channels, 4 * channels, bias: false)
    contract = Linear(net / 2, 4 * channels, channels, bias: false)
  }

  func callAsFunction(_ words: Tensor, places: Tensor) -> Tensor {
    let normed = wordNorm(words)
    let context = attention.context(concatenate(placeNorm(places), normed, dim: 1))
    let words = words + attention(normed, to: context)
    return words + contract(expand(norm(words)).gelu())
  }
}
