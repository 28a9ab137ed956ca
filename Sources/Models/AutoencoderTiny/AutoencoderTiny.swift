public import Foundation
public import Layers
public import Torch

/// A small autoencoder for the latents of a large one, for previews.
///
/// TAESD, https://github.com/madebyollin/taesd; equal to diffusers' `AutoencoderTiny`, whose names
/// the weights have. Its latents are those that the denoiser works with.
public struct AutoencoderTiny: Sendable {
  /// The sizes.
  public let configuration: AutoencoderTinyConfiguration
  let encoder: [TinyLayer]
  let decoder: [TinyLayer]

  /// An autoencoder with the weights below `scope`.
  public init(_ scope: Scope, _ configuration: AutoencoderTinyConfiguration) {
    self.configuration = configuration
    encoder = Self.encoder(TinyStack(scope / "encoder" / "layers"), configuration)
    decoder = Self.decoder(TinyStack(scope / "decoder" / "layers"), configuration)
  }

  /// Reads an autoencoder in diffusers' layout.
  ///
  /// - Parameter folder: Holds `config.json` and `diffusion_pytorch_model.safetensors`, whose
  ///   weights, in any dtype, are converted to float32.
  /// - Throws: `ConfigurationError`, `CheckpointError`, or `LoadingError` with all misfits.
  public init(folder: URL) throws {
    self = try readNetwork(from: folder) { AutoencoderTiny($0, $1) }
  }

  /// The latents of a picture.
  ///
  /// - Parameter pictures: `[batch, channels, height, width]`, in [-1, 1].
  /// - Returns: The latents, unscaled, at `1 / reduction` of the size.
  public func encode(_ pictures: Tensor) -> Tensor {
    encoder.reduce((pictures + 1) / 2) { $1($0) }
  }

  /// The picture of unscaled latents.
  ///
  /// - Parameter latents: `[batch, latentChannels, height, width]`; beyond ±3 they are bent back.
  /// - Returns: `[batch, channels, reduction · height, reduction · width]`, about in [-1, 1].
  public func decode(_ latents: Tensor) -> Tensor {
    decoder.reduce((latents / 3).tanh() * 3) { $1($0) } * 2 - 1
  }

  /// Latents as the denoiser takes them.
  public func scaled(_ latents: Tensor) -> Tensor {
    (latents - configuration.shiftFactor) * configuration.scalingFactor
  }

  /// What ``scaled(_:)`` undoes.
  public func unscaled(_ latents: Tensor) -> Tensor {
    latents / configuration.scalingFactor + configuration.shiftFactor
  }

  private static func encoder(
    _ stack: TinyStack, _ configuration: AutoencoderTinyConfiguration
  ) -> [TinyLayer] {
    var stack = stack
    let width = configuration.encoderChannels
    for (level, blocks) in configuration.numEncoderBlocks.enumerated() {
      if level == 0 {
        stack.addConvolution(configuration.inChannels, width)
      } else {
        stack.addConvolution(width, width, stride: 2, bias: false)
      }
      stack.addBlocks(blocks, width)
    }
    stack.addConvolution(width, configuration.latentChannels)
    return stack.layers
  }

  private static func decoder(
    _ stack: TinyStack, _ configuration: AutoencoderTinyConfiguration
  ) -> [TinyLayer] {
    var stack = stack
    let width = configuration.decoderChannels
    stack.addConvolution(configuration.latentChannels, width)
    stack.add(.relu)
    for (level, blocks) in configuration.numDecoderBlocks.enumerated() {
      let isLast = level == configuration.numDecoderBlocks.count - 1
      stack.addBlocks(blocks, width)
      if !isLast { stack.add(.enlarge(configuration.upsamplingScalingFactor)) }
      stack.addConvolution(width, isLast ? configuration.outChannels : width, bias: isLast)
    }
    return stack.layers
  }
}
