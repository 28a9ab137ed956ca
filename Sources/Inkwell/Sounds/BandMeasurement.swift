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
/// the result is encoded again, as the autoencoder is not linear.
struct DecodedMeasurement<Base: Denoiser>: Denoiser {
  let base: Base
  let measurement: LinearMeasurement
  /// The samples of scaled latents, and the reverse.
  let decode: @Sendable (Tensor) -> Tensor
  let encode: @Sendable (Tensor) -> Tensor

  func callAsFunction(_ x: Tensor, at level: NoiseLevel) throws -> Tensor {
    encode(measurement.replaced(in: decode(try base(x, at: level))))
  }
}
