public import Torch

internal import Foundation

/// The isotropic Gaussian distribution of rotations, IGSO(3): Brownian motion on SO(3).
///
/// Leach et al. 2022, https://arxiv.org/abs/2206.09698 (`epsilon` as in DiffDock, Corso et al.
/// 2023, https://arxiv.org/abs/2210.01776): the density over rotations by the angle ω, with respect
/// to the uniform distribution, is `Σ (2l + 1) · exp(-l(l + 1) · epsilon² / 2) · sin((l + ½)ω) /
/// sin(ω / 2)`.
///
/// That series is summed for wide distributions only. Where ω is much larger than `epsilon`, its
/// terms cancel until no digit is left, so narrow distributions are summed in the form that
/// Poisson's formula gives, over the turns `ω + 2πk`; it has all digits in the tails.
public struct IsotropicGaussian: Sendable, Hashable {
  /// The scale: about the standard deviation in each direction, in radians.
  public let epsilon: Double

  /// The distribution of a scale above 0.
  public init(epsilon: Double) {
    precondition(epsilon > 0 && epsilon.isFinite, "epsilon \(epsilon) is no scale")
    self.epsilon = epsilon
  }

  /// Where the sum over turns hands over to the series.
  static let middle = 1.0

  /// The logarithm of the density of rotations by an angle, with respect to the uniform ones.
  ///
  /// - Parameter angle: Angles between 0 and π in radians, of any shape; `float64` for all digits.
  /// - Returns: The logarithms, in the same shape.
  public func logDensity(_ angle: Tensor) -> Tensor {
    epsilon < Self.middle ? turns(angle).logDensity : series(angle).logDensity
  }

  /// The derivative of the log-density by the angle: the length of the score, along the axis.
  ///
  /// - Parameter angle: Angles between 0 and π in radians, of any shape; `float64` for all digits.
  /// - Returns: The derivatives, in the same shape; 0 at the angle 0.
  public func score(_ angle: Tensor) -> Tensor {
    epsilon < Self.middle ? turns(angle).score : series(angle).score
  }

  /// The density of the angle itself: that of rotations times `(1 - cos(ω)) / π`.
  public func angleDensity(_ angle: Tensor) -> Tensor {
    let half = (angle / 2).sine()
    return logDensity(angle).exponential() * (2 / Double.pi) * half * half
  }

  /// By the series, with `sin((l + ½)ω) / sin(ω / 2) = 1 + 2 · Σ cos(mω)`, `m` up to `l`.
  func series(_ angle: Tensor) -> (logDensity: Tensor, score: Tensor) {
    let variance = epsilon * epsilon
    var (character, slope) = (0 * angle + 1, 0 * angle)
    var (sum, sumSlope) = (character, slope)
    for l in 1...(1 + Int((80 / variance).squareRoot().rounded(.up))) {
      let l = Double(l)
      character = character + 2 * (l * angle).cosine()
      slope = slope - (2 * l) * (l * angle).sine()
      let factor = (2 * l + 1) * exp(-l * (l + 1) * variance / 2)
      sum = sum + factor * character
      sumSlope = sumSlope + factor * slope
    }
    return (sum.logarithm(), sumSlope / sum)
  }

  /// By the sum over turns `k`, as the term of `k = 0` times `1 + rest`.
  ///
  /// That term is `2 · sqrt(2π) · exp(t / 8 - ω² / 2t) · (ω / 2) / sin(ω / 2) / t^(3/2)`, where
  /// `t = epsilon²`.
  func turns(_ angle: Tensor) -> (logDensity: Tensor, score: Tensor) {
    let t = epsilon * epsilon
    // Below it, what is odd in the angle is a straight line to all digits, and quotients of small
    // numbers are not.
    let least = 1e-4
    let held = angle.clamped(min: .real(least))
    var (rest, restSlope) = (0 * held, 0 * held)
    for k in [-2, -1, 1, 2] {
      let (sign, shift) = (k.isMultiple(of: 2) ? 1.0 : -1.0, 2 * .pi * Double(k))
      let factor = sign * ((shift * held + shift * shift / 2) / -t).exponential()
      let ratio = (held + shift) / held
      rest = rest + factor * ratio
      restSlope = restSlope - factor * (shift / (held * held) + (shift / t) * ratio)
    }
    let half = angle.clamped(min: 1e-18) / 2
    let constant = t / 8 + 0.5 * log(2 * .pi) + log(2 / (t * epsilon))
    let logDensity =
      constant - angle * angle / (2 * t) + (half / half.sine()).logarithm() + rest.log1p()
    let score = cotangentRest(angle) - angle / t + (angle / held) * restSlope / (1 + rest)
    return (logDensity, score)
  }

  /// `1 / ω - cot(ω / 2) / 2`, by its series where the two terms nearly cancel.
  private func cotangentRest(_ angle: Tensor) -> Tensor {
    let square = angle * angle
    let terms = [1.0 / 1_209_600, 1.0 / 30_240, 1.0 / 720, 1.0 / 12]
    let small = angle * terms.dropFirst().reduce(0 * angle + terms[0]) { $0 * square + $1 }
    let held = angle.clamped(min: 0.05)
    let half = held / 2
    let large = 1 / held - 0.5 * half.cosine() / half.sine()
    return (angle.less(than: 0.05)).choosing(small, else: large)
  }
}
