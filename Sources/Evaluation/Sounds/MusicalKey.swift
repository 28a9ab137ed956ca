internal import Foundation
internal import Modalities
public import Torch

/// The key of a melody: a tonic and a mode.
public struct MusicalKey: Codable, Sendable, Hashable, CustomStringConvertible {
  /// The pitch class of the tonic, 0 (C) to 11 (B).
  public let tonic: Int
  /// Whether it is minor, not major.
  public let isMinor: Bool

  /// A key.
  public init(tonic: Int, isMinor: Bool) {
    self.tonic = tonic
    self.isMinor = isMinor
  }

  /// The key in words, such as "F sharp minor".
  public var description: String {
    let names = [
      "C", "C sharp", "D", "E flat", "E", "F", "F sharp", "G", "A flat", "A", "B flat", "B",
    ]
    return "\(names[tonic]) \(isMinor ? "minor" : "major")"
  }

  /// The key whose profile fits best how long each pitch class sounds.
  ///
  /// Krumhansl and Kessler 1982, figure 3, https://doi.org/10.1037/0033-295X.89.4.334: the greatest
  /// correlation with the ratings of the twelve classes in a key, over all 24 keys.
  ///
  /// - Parameter classes: How much there is of each pitch class from C on: 12 numbers.
  public init(ofClasses classes: [Double]) {
    precondition(classes.count == 12, "twelve pitch classes")
    var best = (score: -Double.infinity, key: MusicalKey(tonic: 0, isMinor: false))
    for isMinor in [false, true] {
      let profile = isMinor ? Self.minor : Self.major
      for tonic in 0..<12 {
        let turned = (0..<12).map { profile[($0 - tonic + 12) % 12] }
        let score = correlation(turned, classes)
        if score > best.score { best = (score, MusicalKey(tonic: tonic, isMinor: isMinor)) }
      }
    }
    self = best.key
  }

  private static let major = [
    6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88,
  ]
  private static let minor = [
    6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17,
  ]
}

/// How much of each pitch class is in a sound.
///
/// The magnitudes of windows of a quarter of a second, from 100 Hz to 2 kHz; a frequency belongs to
/// the class of the nearest semitone, and less the farther it is from it.
public struct PitchClasses: Sendable {
  private let spectrum: ShortTimeSpectrum
  private let weights: Tensor

  /// Classes in sounds of a rate.
  /// - Parameter sampleRate: In Hz.
  public init(sampleRate: Int) {
    spectrum = ShortTimeSpectrum(window: max(8, sampleRate / 16 * 4))
    let bins = spectrum.bins
    let values = (0..<bins).flatMap { bin -> [Float] in
      let f = Double(sampleRate) / 2 * Double(bin) / Double(bins - 1)
      guard (100...2000).contains(f) else { return [Float](repeating: 0, count: 12) }
      let pitch = 69 + 12 * log2(f / 440)
      let nearest = pitch.rounded()
      let share = cos(.pi * (pitch - nearest))
      return (0..<12).map { Int(nearest) % 12 == $0 ? Float(share * share) : 0 }
    }
    weights = Tensor(values, shape: [bins, 12])
  }

  /// How much there is of each class.
  ///
  /// - Parameter x: Samples, `[sounds, frames]`.
  /// - Returns: `[sounds, 12]`, from C on.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    spectrum.power(x).squareRoot().matmul(weights).sum(dims: [1])
  }
}

/// Pearson's correlation; 0 where one of the two does not vary.
func correlation(_ a: [Double], _ b: [Double]) -> Double {
  let count = Double(a.count)
  let (meanA, meanB) = (a.reduce(0, +) / count, b.reduce(0, +) / count)
  var (product, squareA, squareB) = (0.0, 0.0, 0.0)
  for (x, y) in zip(a, b) {
    product += (x - meanA) * (y - meanB)
    squareA += (x - meanA) * (x - meanA)
    squareB += (y - meanB) * (y - meanB)
  }
  let scale = (squareA * squareB).squareRoot()
  return scale > 0 ? product / scale : 0
}
