internal import Foundation
public import Torch

/// The modified discrete cosine transform: how strong each band of a sound is in each stretch of
/// it, in as many numbers as it has samples.
///
/// Princen, Johnson and Bradley 1987, https://doi.org/10.1109/ICASSP.1987.1169405, with a sine
/// window: stretches of `2 · bands` samples, `bands` apart, whose aliases cancel between
/// neighbours. It is orthogonal, so its inverse is its transpose, and leaving out bands is a
/// projection.
public struct LappedTransform: Sendable {
  /// The number of bands, and of samples between stretches.
  public let bands: Int
  /// The windowed cosines, `[2 · bands, bands]`.
  private let waves: Tensor

  /// A transform into so many bands, an even number.
  public init(bands: Int) {
    precondition(bands > 0 && bands.isMultiple(of: 2), "\(bands) bands")
    self.bands = bands
    let count = Double(bands)
    let values = (0..<2 * bands).flatMap { sample -> [Float] in
      let window = sin(.pi * (Double(sample) + 0.5) / (2 * count))
      return (0..<bands).map { band in
        let phase = .pi / count * (Double(sample) + 0.5 + count / 2) * (Double(band) + 0.5)
        return Float(window * (2 / count).squareRoot() * cos(phase))
      }
    }
    waves = Tensor(values, shape: [2 * bands, bands])
  }

  /// The bands of sounds, which are taken to begin again after their end.
  ///
  /// - Parameter x: Samples, `[…, frames]`, a multiple of ``bands``.
  /// - Returns: `[…, frames / bands, bands]`.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    let blocks = x.reshaped(Array(x.shape.sizes.dropLast()) + [x.shape[-1] / bands, bands])
    return concatenate(blocks, blocks.rolled([-1], dims: [-2]), dim: -1).matmul(waves)
  }

  /// The sounds of bands, by the transpose.
  ///
  /// - Parameter y: `[…, stretches, bands]`.
  /// - Returns: `[…, stretches · bands]`.
  public func inverse(_ y: Tensor) -> Tensor {
    let parts = y.matmul(waves.transposed(0, 1))
    let sum =
      parts.narrowed(dim: -1, start: 0, length: bands)
      + parts.narrowed(dim: -1, start: bands, length: bands).rolled([1], dims: [-2])
    return sum.reshaped(Array(y.shape.sizes.dropLast(2)) + [y.shape[-2] * bands])
  }
}
