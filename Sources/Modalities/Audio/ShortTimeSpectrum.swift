internal import Foundation
public import Torch

/// The short-time Fourier transform: how strong each frequency is at each time.
///
/// Windows are Hann's, a quarter of a window apart, the first around the first sample; beyond the
/// ends is silence.
///
/// It is a product with a matrix of sines and cosines, so it can be differentiated.
public struct ShortTimeSpectrum: Sendable {
  /// The frames of a window.
  public let window: Int
  /// The window's sines and cosines, `[window, 2 · bins]`.
  private let waves: Tensor

  /// A transform with windows of so many frames.
  /// - Parameter window: A multiple of 4, at least 8.
  public init(window: Int) {
    precondition(window >= 8 && window.isMultiple(of: 4), "a window of \(window) frames")
    self.window = window
    var values: [Float] = []
    let bins = window / 2 + 1
    values.reserveCapacity(window * 2 * bins)
    for frame in 0..<window {
      let weight = 0.5 - 0.5 * cos(2 * .pi * Double(frame) / Double(window))
      let angles = (0..<bins).map { bin in
        2 * .pi * Double(frame * bin % window) / Double(window)
      }
      values += angles.map { Float(weight * cos($0)) } + angles.map { Float(-weight * sin($0)) }
    }
    waves = Tensor(values, shape: [window, 2 * bins])
  }

  /// The frames between windows.
  public var hop: Int { window / 4 }

  /// The number of frequencies, from 0 to half of the sample rate.
  public var bins: Int { window / 2 + 1 }

  /// The squared magnitudes.
  ///
  /// - Parameter x: Samples, `[batch, frames]`; computed in float32 whatever autocast says.
  /// - Returns: `[batch, times, bins]`, a time for each whole ``hop`` and one for the beginning.
  public func power(_ x: Tensor) -> Tensor {
    withAutocast(nil) {
      let times = x.shape[1] / hop + 1
      let used = x.converted(to: .float32)
      let length = (times + 3) * hop
      let right = length - window / 2 - used.shape[1]
      let padded =
        right >= 0
        ? used.padded([window / 2, right])
        : used.narrowed(dim: 1, start: 0, length: length - window / 2).padded([window / 2, 0])
      let blocks = padded.reshaped(used.shape[0], times + 3, hop)
      let frames = (0..<4).map { blocks.narrowed(dim: 1, start: $0, length: times) }
        .concatenated(dim: 2)
      let parts = frames.matmul(waves)
      let real = parts.narrowed(dim: 2, start: 0, length: bins)
      let imaginary = parts.narrowed(dim: 2, start: bins, length: bins)
      return real * real + imaginary * imaginary
    }
  }
}

/// How far the spectra of sounds are from those of others, at several resolutions.
///
/// Yamamoto, Song and Kim 2020, section 2.2, https://arxiv.org/abs/1910.11480: for each length of
/// window, the norm of the magnitudes' difference over that of the magnitudes, and the mean
/// absolute difference of their logarithms; the mean over the windows. The norms are of the whole
/// batch, so that a sound that is all but silent counts as little as it is heard; silence counts as
/// 1e-5 in power.
public struct MultiResolutionSpectralLoss: Sendable {
  private let transforms: [ShortTimeSpectrum]

  /// A loss at some resolutions.
  /// - Parameter windows: The frames of each window, all multiples of 4, at least 8.
  public init(windows: [Int]) {
    precondition(!windows.isEmpty, "no windows")
    transforms = windows.map { ShortTimeSpectrum(window: $0) }
  }

  /// - Parameters:
  ///   - x: Sounds, `[batch, frames]`; differentiated.
  ///   - target: What they are to be, of the same shape.
  /// - Returns: The mean loss, of rank zero.
  public func callAsFunction(_ x: Tensor, target: Tensor) -> Tensor {
    let losses = transforms.map { transform in
      let (found, wanted) = (magnitude(transform.power(x)), magnitude(transform.power(target)))
      let difference = wanted - found
      let convergence = norm(difference) / norm(wanted)
      return convergence + (wanted.logarithm() - found.logarithm()).absolute().mean()
    }
    return losses.stacked().mean()
  }

  private func norm(_ x: Tensor) -> Tensor { x.vectorNorm(order: 2, dims: [0, 1, 2]) }

  private func magnitude(_ power: Tensor) -> Tensor { (power + 1e-5).squareRoot() }
}
