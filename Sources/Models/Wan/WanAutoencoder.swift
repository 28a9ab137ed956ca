public import Foundation
public import Layers
public import Torch

/// A causal variational autoencoder between clips and the latents in which a denoiser works.
///
/// Wan 2.1, https://arxiv.org/abs/2503.20314, section 4.1; equal to diffusers' `AutoencoderKLWan`,
/// whose names the weights have. The first frame has latents of its own, and each group of
/// ``WanAutoencoderConfiguration/timeReduction`` frames after it. No frame changes what stands for
/// those before it, and a clip of any length needs the memory of one group.
public struct WanAutoencoder: Sendable {
  /// The sizes.
  public let configuration: WanAutoencoderConfiguration
  private let encoder: WanEncoder
  private let quantConv: Conv3d
  private let postQuantConv: Conv3d
  private let decoder: WanDecoder

  /// An autoencoder with the weights below `scope`.
  public init(_ scope: Scope, _ configuration: WanAutoencoderConfiguration) {
    self.configuration = configuration
    let latents = configuration.zDim
    encoder = WanEncoder(scope / "encoder", configuration)
    quantConv = Conv3d(scope / "quant_conv", 2 * latents, 2 * latents, kernel: [1, 1, 1])
    postQuantConv = Conv3d(scope / "post_quant_conv", latents, latents, kernel: [1, 1, 1])
    decoder = WanDecoder(scope / "decoder", configuration)
  }

  /// Reads an autoencoder in diffusers' layout.
  ///
  /// - Parameter folder: Holds `config.json` and `diffusion_pytorch_model.safetensors`, whose
  ///   weights, in any dtype, are converted to float32.
  /// - Throws: `ConfigurationError`, `CheckpointError`, or `LoadingError` with all misfits.
  public init(folder: URL) throws {
    self = try readNetwork(from: folder) { WanAutoencoder($0, $1) }
  }

  /// The distribution of a clip's latents.
  ///
  /// - Parameter clips: `[batch, channels, frames, height, width]`, in [-1, 1]: one frame and any
  ///   number of groups, whose height and width are multiples of the reduction.
  /// - Returns: The latents' distribution, unscaled, `[batch, zDim, 1 + groups, …]`.
  public func encode(_ clips: Tensor) -> DiagonalGaussian {
    encode(clips, groupsAtOnce: 1)
  }

  /// The distribution of a clip's latents, with as many groups of frames at a time as memory is
  /// given for.
  package func encode(_ clips: Tensor, groupsAtOnce: Int) -> DiagonalGaussian {
    let group = configuration.timeReduction
    let frames = clips.shape[2]
    precondition(
      frames % group == 1 % group, "\(frames) frames: expected one and groups of \(group)")
    let x = clips.inPatches(of: configuration.patchSize)
    var past = PastFrames()
    let step = group * groupsAtOnce
    let starts = [0] + Array(stride(from: 1, to: frames, by: step))
    let parts = starts.map { start in
      let length = start == 0 ? 1 : min(step, frames - start)
      return encoder(x.narrowed(dim: 2, start: start, length: length), past: &past)
    }
    let h = quantConv(parts.concatenated(dim: 2))
    let moments = h.chunked(2, dim: 1)
    guard moments.count == 2 else { return DiagonalGaussian(mean: h, logVariance: h) }
    return DiagonalGaussian(
      mean: moments[0], logVariance: moments[1].clamped(min: -30.0, max: 20.0))
  }

  /// The clip of unscaled latents.
  ///
  /// - Parameter latents: `[batch, zDim, frames, height, width]`.
  /// - Returns: `[batch, channels, 1 + timeReduction · (frames - 1), …]`, in [-1, 1].
  public func decode(_ latents: Tensor) -> Tensor {
    var decoding = Decoding(self)
    return (0..<latents.shape[2]).map {
      decoding.next(latents.narrowed(dim: 2, start: $0, length: 1))
    }.concatenated(dim: 2)
  }

  /// The clip of unscaled latents where it may leave [-1, 1], as a training must see it; it takes
  /// the memory of all frames at a time.
  package func decodedAtOnce(_ latents: Tensor) -> Tensor {
    var decoding = Decoding(self)
    let first = decoding.unclamped(latents.narrowed(dim: 2, start: 0, length: 1))
    guard latents.shape[2] > 1 else { return first }
    let rest = latents.narrowed(dim: 2, start: 1, length: latents.shape[2] - 1)
    return concatenate(first, decoding.unclamped(rest), dim: 2)
  }

  /// A clip that is decoded piece by piece, such as one that has no end.
  public struct Decoding {
    private let autoencoder: WanAutoencoder
    private var past = PastFrames()

    /// A clip that begins.
    public init(_ autoencoder: WanAutoencoder) { self.autoencoder = autoencoder }

    /// The frames of the latents that come next.
    ///
    /// - Parameter latents: `[batch, zDim, frames, height, width]`, unscaled: one frame at first,
    ///   any number later.
    /// - Returns: `[batch, channels, timeReduction · frames, …]`, in [-1, 1]; one frame at first.
    public mutating func next(_ latents: Tensor) -> Tensor {
      unclamped(latents).clamped(min: -1.0, max: 1.0)
    }

    /// What ``next(_:)`` gives, where it may leave [-1, 1].
    fileprivate mutating func unclamped(_ latents: Tensor) -> Tensor {
      autoencoder.decoder(autoencoder.postQuantConv(latents), past: &past)
        .outOfPatches(of: autoencoder.configuration.patchSize)
    }
  }

  /// Latents as the denoiser takes them: of about zero mean and unit variance.
  public func scaled(_ latents: Tensor) -> Tensor {
    (latents - column(configuration.latentsMean, latents))
      / column(configuration.latentsStd, latents)
  }

  /// What ``scaled(_:)`` undoes.
  public func unscaled(_ latents: Tensor) -> Tensor {
    latents * column(configuration.latentsStd, latents)
      + column(configuration.latentsMean, latents)
  }

  private func column(_ values: [Double], _ like: Tensor) -> Tensor {
    Tensor(values, shape: [values.count, 1, 1, 1]).converted(to: like.dtype)
  }
}
