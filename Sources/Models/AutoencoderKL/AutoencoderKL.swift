internal import Compiler
public import Layers
public import Torch

/// A variational autoencoder between pictures and the latents in which a denoiser works.
///
/// Rombach et al. 2022, section 3.1, https://arxiv.org/abs/2112.10752; equal to diffusers'
/// `AutoencoderKL`, whose names the weights have.
public struct AutoencoderKL: Sendable {
  /// The sizes.
  public let configuration: AutoencoderKLConfiguration
  let encoder: AutoencoderEncoder
  let quantConv: Conv2d?
  let postQuantConv: Conv2d?
  let decoder: AutoencoderDecoder
  /// The type that it computes in.
  private let dtype: DType
  /// The numbers that a strip of features has, if the networks run in strips.
  package internal(set) var stripSize: Int?
  /// The decoder, compiled, if it is to be.
  private var compiledDecoder: Compiled<Tensor, Tensor>?

  /// An autoencoder with the weights below `scope`.
  public init(_ scope: Scope, _ configuration: AutoencoderKLConfiguration) {
    self.configuration = configuration
    dtype = scope.dtype
    let latents = configuration.latentChannels
    encoder = AutoencoderEncoder(scope / "encoder", configuration)
    decoder = AutoencoderDecoder(scope / "decoder", configuration)
    quantConv =
      configuration.useQuantConv
      ? Conv2d(scope / "quant_conv", 2 * latents, 2 * latents, kernel: 1) : nil
    postQuantConv =
      configuration.usePostQuantConv
      ? Conv2d(scope / "post_quant_conv", latents, latents, kernel: 1) : nil
  }

  /// The distribution of a picture's latents.
  ///
  /// - Parameter pictures: `[batch, channels, height, width]`, in [-1, 1].
  /// - Returns: The latents' distribution, unscaled, at `1 / reduction` of the size.
  public func encode(_ pictures: Tensor) -> DiagonalGaussian {
    let x = pictures.converted(to: dtype)
    let h = eachInStrips(x, encoder.inStrips) ?? encoder(x)
    let moments = (quantConv?(h) ?? h).converted(to: pictures.dtype).chunked(2, dim: 1)
    guard moments.count == 2 else { return DiagonalGaussian(mean: h, logVariance: h) }
    return DiagonalGaussian(
      mean: moments[0], logVariance: moments[1].clamped(min: -30.0, max: 20.0))
  }

  /// The picture of unscaled latents.
  ///
  /// - Parameter latents: `[batch, latentChannels, height, width]`.
  /// - Returns: `[batch, channels, reduction · height, reduction · width]`, about in [-1, 1].
  public func decode(_ latents: Tensor) -> Tensor {
    let own = latents.converted(to: dtype)
    let z = postQuantConv?(own) ?? own
    let pictures = eachInStrips(z, decoder.inStrips) ?? compiledDecoder?(z) ?? decoder(z)
    return pictures.converted(to: latents.dtype)
  }

  /// The same autoencoder, whose decoder runs compiled where it does not run in strips.
  ///
  /// - Parameters:
  ///   - report: Is told why it runs as it is, if it cannot be compiled.
  ///   - whenCompiled: Is called when they were compiled for a shape: memory that weights were read
  ///     from may be given back to the system, if it can be read again.
  /// - Returns: The autoencoder, which is used as before.
  public func compiled(
    report: @escaping @Sendable (_ reason: String) -> Void = { _ in },
    whenCompiled: @escaping @Sendable () -> Void = {}
  ) -> AutoencoderKL {
    var other = self
    other.compiledDecoder = Compiled(report: { report($0.description) }, whenCompiled: whenCompiled)
    { [decoder] in decoder($0)
    }
    return other
  }

  /// Latents as the denoiser takes them: shifted and scaled to about unit variance.
  public func scaled(_ latents: Tensor) -> Tensor {
    guard let (mean, deviation) = statistics(latents.dtype) else {
      return (latents - (configuration.shiftFactor ?? 0)) * configuration.scalingFactor
    }
    return (latents - mean) * configuration.scalingFactor / deviation
  }

  /// What ``scaled(_:)`` undoes.
  public func unscaled(_ latents: Tensor) -> Tensor {
    guard let (mean, deviation) = statistics(latents.dtype) else {
      return latents / configuration.scalingFactor + (configuration.shiftFactor ?? 0)
    }
    return latents * deviation / configuration.scalingFactor + mean
  }

  /// The mean and deviation of each channel, `[channels, 1, 1]`, if they are known.
  private func statistics(_ dtype: DType) -> (mean: Tensor, deviation: Tensor)? {
    guard let mean = configuration.latentsMean, let deviation = configuration.latentsStd else {
      return nil
    }
    func column(_ values: [Double]) -> Tensor {
      Tensor(values, shape: [values.count, 1, 1]).converted(to: dtype)
    }
    return (column(mean), column(deviation))
  }
}

/// Independent normal distributions, one an element.
public struct DiagonalGaussian {
  /// The means.
  public let mean: Tensor
  /// The logarithms of the variances.
  public let logVariance: Tensor

  /// The same distribution in numbers of another type.
  public func converted(to dtype: DType) -> DiagonalGaussian {
    DiagonalGaussian(
      mean: mean.converted(to: dtype), logVariance: logVariance.converted(to: dtype))
  }

  /// A draw, differentiable by the mean and the variance.
  ///
  /// Kingma and Welling 2014, equation 4, https://arxiv.org/abs/1312.6114.
  /// - Parameter noise: Standard normal, of the mean's shape.
  /// - Returns: A draw in the mean's shape.
  public func sample(_ noise: Tensor) -> Tensor {
    mean + (logVariance * 0.5).exponential() * noise
  }

  /// The Kullback–Leibler divergence from the standard normal distribution, in nats an element.
  ///
  /// Kingma and Welling 2014, appendix B.
  public var divergence: Tensor {
    (mean * mean + logVariance.exponential() - 1.0 - logVariance) * 0.5
  }
}
