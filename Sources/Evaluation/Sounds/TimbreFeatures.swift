internal import Foundation
internal import Modalities
public import Torch

/// What a sound is like, whatever is played: how loud each band of it is, how much that varies, and
/// how fast.
///
/// Bands are triangles of equal width in mel, `2595 log₁₀(1 + f / 700)` (O'Shaughnessy 1987), over
/// the power of windows of 64 ms; what is told of each band is the mean, the deviation, and the
/// deviation of the difference to the next window of its decibels below the loudest band of the
/// sound, so that loudness as such does not count.
public struct TimbreFeatures: Sendable {
  /// The number of bands.
  public static let bands = 40
  /// What is more than this below the loudest band counts as this much, in dB.
  static let floor = 80.0

  private let spectrum: ShortTimeSpectrum
  /// The weight of each frequency in each band, `[frequencies, bands]`.
  let weights: Tensor

  /// Features of sounds of a rate.
  /// - Parameter sampleRate: In Hz.
  public init(sampleRate: Int) {
    let window = max(8, sampleRate * 64 / 1000 / 4 * 4)
    spectrum = ShortTimeSpectrum(window: window)
    weights = Self.triangles(frequencies: spectrum.bins, highest: Double(sampleRate) / 2)
  }

  /// The features of sounds.
  ///
  /// - Parameter x: Samples, `[sounds, frames]`.
  /// - Returns: `[sounds, 3 · bands]`.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    let power = spectrum.power(x).matmul(weights)
    let loudest = power.maximum(dims: [1, 2], keepingDims: true)
    let least = pow(10, -Self.floor / 10)
    let decibels =
      (power / loudest.clamped(min: 1e-12)).clamped(min: .real(least)).logarithm()
      * (10 / log(10.0))
    let times = decibels.shape[1]
    let changes =
      decibels.narrowed(dim: 1, start: 1, length: times - 1)
      - decibels.narrowed(dim: 1, start: 0, length: times - 1)
    return [
      decibels.mean(dims: [1]), decibels.variance(dims: [1], correction: 0).squareRoot(),
      changes.variance(dims: [1], correction: 0).squareRoot(),
    ].concatenated(dim: 1)
  }

  /// Triangles between neighbouring points of equal distance in mel, `[frequencies, bands]`.
  static func triangles(frequencies: Int, highest: Double) -> Tensor {
    let top = mel(highest)
    let points = (0...bands + 1).map { hertz(top * Double($0) / Double(bands + 1)) }
    let values = (0..<frequencies).flatMap { bin in
      let f = highest * Double(bin) / Double(frequencies - 1)
      return (0..<bands).map { band in
        let (low, middle, high) = (points[band], points[band + 1], points[band + 2])
        return Float(max(0, min((f - low) / (middle - low), (high - f) / (high - middle))))
      }
    }
    return Tensor(values, shape: [frequencies, bands])
  }

  static func mel(_ hertz: Double) -> Double { 2595 * log10(1 + hertz / 700) }

  static func hertz(_ mel: Double) -> Double { 700 * (pow(10, mel / 2595) - 1) }
}
