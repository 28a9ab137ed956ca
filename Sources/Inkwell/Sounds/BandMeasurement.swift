internal import Diffusion
internal import Modalities
internal import Torch

/// What is heard of sounds below a frequency: their lowest bands.
///
/// All singular values are 1, as the bands of a ``LappedTransform`` are orthogonal.
struct LowBands: LinearOperator {
  private let transform: LappedTransform
  /// The number of bands that are heard.
  private let count: Int

  /// The bands below a frequency, at least one and not all.
  ///
  /// - Parameters:
  ///   - cutoff: The frequency in Hz.
  ///   - sampleRate: In Hz.
  ///   - bands: The number of all bands, an even one of which the number of frames is a multiple.
  init(below cutoff: Double, sampleRate: Int, of bands: Int) {
    transform = LappedTransform(bands: bands)
    let width = Double(sampleRate) / 2 / Double(bands)
    count = min(max(Int(cutoff / width), 1), bands - 1)
  }

  /// The bands that are heard, `[…, stretches, count]`, of samples `[…, frames]`.
  func callAsFunction(_ x: Tensor) -> Tensor {
    transform(x).narrowed(dim: -1, start: 0, length: count)
  }

  func adjoint(_ y: Tensor) -> Tensor {
    transform.inverse(y.padded([0, transform.bands - count]))
  }

  func spectrum(_ y: Tensor, _ f: (Double) -> Double) -> Tensor { f(1) * y }
}

/// Estimates of latents whose sounds agree with what was measured of them.
///
/// ``DDNM`` over sounds, not latents: an estimate is decoded, what was measured is replaced, and
/// the result is encoded again, as the autoencoder is not linear. Of a measurement with noise as
/// much is believed as in DDNM+ (Wang et al. 2023, equation 19, https://arxiv.org/abs/2212.00490):
/// all of it while the level's noise is the greater one, then less and less.
struct DecodedMeasurement<Base: Denoiser>: Denoiser {
  let base: Base
  /// What was measured; its noise is that beside a sound whose power is 1, as that of latents is.
  let measurement: LinearMeasurement
  /// The samples of scaled latents, and the reverse.
  let decode: @Sendable (Tensor) -> Tensor
  let encode: @Sendable (Tensor) -> Tensor

  func callAsFunction(_ x: Tensor, at level: NoiseLevel) throws -> Tensor {
    let sound = decode(try base(x, at: level))
    return encode(sound + belief(at: level) * (measurement.replaced(in: sound) - sound))
  }

  /// The share of what was measured that replaces an estimate, in [0, 1].
  func belief(at level: NoiseLevel) -> Double {
    measurement.sigma > 0 ? min(1, level.sigma / level.alpha / measurement.sigma) : 1
  }
}
