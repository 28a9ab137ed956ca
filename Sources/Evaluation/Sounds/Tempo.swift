internal import Foundation
internal import Modalities
public import Torch

/// How fast a piece is, in beats a minute.
///
/// The rise of the logarithms of the spectrum's magnitudes from window to window, which is great
/// where notes begin, is compared with itself a beat, and two, three and four beats later; the
/// tempo fits best. Which multiple of a tempo is the beat is a matter of hearing, so tempi are told
/// within an octave (Gouyon et al. 2006, section III, https://doi.org/10.1109/TSA.2005.858509,
/// allow double and half tempi, and those of three beats, for the same reason).
public struct Tempo: Sendable {
  private let spectrum: ShortTimeSpectrum
  private let windowsPerSecond: Double
  /// The tempi that are told apart, beats a minute.
  public let candidates: [Double]

  /// Tempi of sounds of a rate.
  ///
  /// - Parameters:
  ///   - sampleRate: In Hz.
  ///   - candidates: The tempi that are told apart, beats a minute.
  public init(sampleRate: Int, candidates: [Double]) {
    precondition(!candidates.isEmpty, "no tempi")
    let window = max(8, sampleRate * 32 / 1000 / 4 * 4)
    spectrum = ShortTimeSpectrum(window: window)
    windowsPerSecond = Double(sampleRate) / Double(window / 4)
    self.candidates = candidates
  }

  /// The tempo of each sound.
  ///
  /// - Parameter x: Samples, `[sounds, frames]`.
  /// - Returns: For each sound, one of the ``candidates``.
  /// - Throws: A `TorchError`.
  public func callAsFunction(_ x: Tensor) throws -> [Double] {
    let rises = try checked { self.rises(x) }
    return try (0..<rises.shape[0]).map { index in
      let own = try checked { rises.selected(dim: 0, index: index).values(as: Double.self) }
      return candidates.max { score($0, own) < score($1, own) } ?? candidates[0]
    }
  }

  /// How much begins in each window, `[sounds, windows]`.
  private func rises(_ x: Tensor) -> Tensor {
    let loud = spectrum.power(x).squareRoot()
    let magnitudes = (loud + loud.mean(dims: [1, 2], keepingDims: true) * 0.1 + 1e-6).logarithm()
    let count = magnitudes.shape[1]
    let change =
      magnitudes.narrowed(dim: 1, start: 1, length: count - 1)
      - magnitudes.narrowed(dim: 1, start: 0, length: count - 1)
    return change.clamped(min: 0.0).mean(dims: [2])
  }

  /// How well the beginnings repeat after beats of a tempo: correlations, each of which says less
  /// the farther apart the beats are.
  private func score(_ tempo: Double, _ rises: [Double]) -> Double {
    let beat = windowsPerSecond * 60 / tempo
    var (sum, weights) = (0.0, 0.0)
    for beats in 1...4 {
      let lag = beat * Double(beats)
      guard Int(lag) + 2 < rises.count * 3 / 4 else { break }
      let weight = 1 / Double(beats)
      sum += weight * similarity(rises, after: lag)
      weights += weight
    }
    return weights > 0 ? sum / weights : -.infinity
  }

  /// The correlation of a series with itself, between two windows in proportion.
  private func similarity(_ series: [Double], after lag: Double) -> Double {
    let (whole, part) = (Int(lag), lag - lag.rounded(.down))
    let later = (0..<series.count - whole - 1).map {
      series[$0 + whole] * (1 - part) + series[$0 + whole + 1] * part
    }
    return correlation(Array(series.prefix(later.count)), later)
  }
}
