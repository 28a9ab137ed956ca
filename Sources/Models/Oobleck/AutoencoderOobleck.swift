public import Layers
public import Torch

/// A variational autoencoder between sounds and the latents in which a denoiser works.
///
/// Evans et al. 2024, section 2.1, https://arxiv.org/abs/2407.14358; equal to diffusers'
/// `AutoencoderOobleck`, whose names the weights have.
public struct AutoencoderOobleck: Sendable {
  /// The sizes.
  public let configuration: AutoencoderOobleckConfiguration
  let encoder: OobleckEncoder
  let decoder: OobleckDecoder

  /// An autoencoder with the weights below `scope`.
  public init(_ scope: Scope, _ configuration: AutoencoderOobleckConfiguration) {
    self.configuration = configuration
    encoder = OobleckEncoder(scope / "encoder", configuration)
    decoder = OobleckDecoder(scope / "decoder", configuration)
  }

  /// The distribution of a sound's latents.
  ///
  /// - Parameter sounds: `[batch, audioChannels, frames]`, in [-1, 1].
  /// - Returns: The distribution, `[batch, decoderInputChannels, frames / reduction]`; its
  ///   deviation is at least 1e-4.
  public func encode(_ sounds: Tensor) -> DiagonalGaussian {
    let h = encoder(configuration.patched(sounds))
    let parts = h.chunked(2, dim: 1)
    guard parts.count == 2 else { return DiagonalGaussian(mean: h, logVariance: h) }
    return DiagonalGaussian(
      mean: parts[0], logVariance: 2 * (parts[1].softplus() + 1e-4).logarithm())
  }

  /// The sound of latents.
  ///
  /// - Parameter latents: `[batch, decoderInputChannels, length]`.
  /// - Returns: `[batch, audioChannels, reduction · length]`, about in [-1, 1]; a sample shorter
  ///   for each odd stride, and for what later stages make of that.
  public func decode(_ latents: Tensor) -> Tensor { configuration.unpatched(decoder(latents)) }

  /// Latents with a variance of about 1, which a denoiser works on.
  public func scaled(_ latents: Tensor) -> Tensor {
    configuration.scalingFactor == 1 ? latents : latents * configuration.scalingFactor
  }

  /// Latents as the autoencoder has them, of those that a denoiser works on.
  public func unscaled(_ latents: Tensor) -> Tensor {
    configuration.scalingFactor == 1 ? latents : latents / configuration.scalingFactor
  }
}

extension AutoencoderOobleckConfiguration {
  /// Sounds, `[batch, audioChannels, frames]`, with samples next to one another as channels,
  /// `[batch, audioChannels · patchSize, frames / patchSize]`.
  func patched(_ sounds: Tensor) -> Tensor {
    guard patchSize > 1 else { return sounds }
    let (batch, channels, frames) = (sounds.shape[0], sounds.shape[1], sounds.shape[2])
    return sounds.reshaped(batch, channels, frames / patchSize, patchSize).permuted(0, 1, 3, 2)
      .reshaped(batch, channels * patchSize, frames / patchSize)
  }

  /// What ``patched(_:)`` was given.
  func unpatched(_ patches: Tensor) -> Tensor {
    guard patchSize > 1 else { return patches }
    let (batch, length) = (patches.shape[0], patches.shape[2])
    return patches.reshaped(batch, audioChannels, patchSize, length).permuted(0, 1, 3, 2)
      .reshaped(batch, audioChannels, length * patchSize)
  }
}

/// From sounds to the moments of their latents.
struct OobleckEncoder: Sendable {
  let conv1: Conv1d
  let blocks: [OobleckEncoderBlock]
  let snake1: Snake1d
  let conv2: Conv1d

  init(_ scope: Scope, _ configuration: AutoencoderOobleckConfiguration) {
    let hidden = configuration.encoderHiddenSize
    let widths = ([1] + configuration.channelMultiples).map { hidden * $0 }
    conv1 = Conv1d(
      scope / "conv1", configuration.audioChannels * configuration.patchSize, hidden, kernel: 7,
      padding: 3, isNormed: true)
    blocks = configuration.downsamplingRatios.enumerated().map { index, stride in
      OobleckEncoderBlock(
        scope / "block" / index, widths[index], widths[index + 1], stride: stride)
    }
    let last = widths[widths.count - 1]
    snake1 = Snake1d(scope / "snake1", last)
    conv2 = Conv1d(scope / "conv2", last, hidden, kernel: 3, padding: 1, isNormed: true)
  }

  func callAsFunction(_ x: Tensor) -> Tensor {
    conv2(snake1(blocks.reduce(conv1(x)) { $1($0) }))
  }
}

/// From latents to sounds.
struct OobleckDecoder: Sendable {
  let conv1: Conv1d
  let blocks: [OobleckDecoderBlock]
  let snake1: Snake1d
  let conv2: Conv1d

  init(_ scope: Scope, _ configuration: AutoencoderOobleckConfiguration) {
    let channels = configuration.decoderChannels
    let widths = ([1] + configuration.channelMultiples).reversed().map { channels * $0 }
    conv1 = Conv1d(
      scope / "conv1", configuration.decoderInputChannels, widths[0], kernel: 7, padding: 3,
      isNormed: true)
    blocks = configuration.downsamplingRatios.reversed().enumerated().map { index, stride in
      OobleckDecoderBlock(
        scope / "block" / index, widths[index], widths[index + 1], stride: stride)
    }
    snake1 = Snake1d(scope / "snake1", channels)
    conv2 = Conv1d(
      scope / "conv2", channels, configuration.audioChannels * configuration.patchSize, kernel: 7,
      padding: 3, bias: false, isNormed: true)
  }

  func callAsFunction(_ x: Tensor) -> Tensor {
    conv2(snake1(blocks.reduce(conv1(x)) { $1($0) }))
  }
}
