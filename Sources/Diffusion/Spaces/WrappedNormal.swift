public import Torch

internal import Foundation

/// The normal distribution of mean 0 on a circle of circumference 2π.
///
/// Jing et al. 2022, section 3.2, https://arxiv.org/abs/2206.01729, uses it for torsion angles. It
/// is the sum of a normal density over all turns, which is exact for narrow distributions, tails
/// included; for wide ones its Fourier series is summed. They agree where they meet.
public struct WrappedNormal: Sendable, Hashable {
  /// The standard deviation before it is wrapped.
  public let sigma: Double

  /// The distribution of a standard deviation above 0.
  public init(sigma: Double) {
    precondition(sigma > 0 && sigma.isFinite, "sigma \(sigma) is no standard deviation")
    self.sigma = sigma
  }

  /// Where the sum over turns hands over to the Fourier series.
  static let middle = 2.0

  /// The logarithm of the density over one turn, for angles of any shape in radians.
  public func logDensity(_ angles: Tensor) -> Tensor {
    let angles = wrapped(angles)
    return sigma <= Self.middle ? turns(angles).logDensity : waves(angles).logDensity
  }

  /// The derivative of the log-density, for angles of any shape in radians.
  public func score(_ angles: Tensor) -> Tensor {
    let angles = wrapped(angles)
    return sigma <= Self.middle ? turns(angles).score : waves(angles).score
  }

  /// The mean square of the score of angles that the distribution draws: its Fisher information.
  ///
  /// Narrow distributions have `1 / sigma²`, and wide ones less than that, down to 0. By the
  /// trapezoidal rule, which for a periodic function is exact to rounding when it is fine enough.
  public var meanSquareScore: Double {
    let count = max(64, Int((6 * Double.pi / sigma).rounded(.up)))
    let angles = linspace(-Double.pi, Double.pi * (1 - 2 / Double(count)), count)
    let (logs, scores) = sigma <= Self.middle ? turns(Tensor(angles)) : waves(Tensor(angles))
    let sum = (logs.exponential() * scores * scores).sum().item()
    return sum * 2 * Double.pi / Double(count)
  }

  /// By the sum over `x + 2πk`.
  func turns(_ x: Tensor) -> (logDensity: Tensor, score: Tensor) {
    let variance = sigma * sigma
    // Past that many turns a term is e^-700 of the nearest one.
    let last = 1 + Int((1400.0.squareRoot() * sigma / (2 * Double.pi)).rounded(.up))
    let places = (-last...last).map { x + 2 * Double.pi * Double($0) }.stacked(dim: 0)
    let logs = places * places / (-2 * variance)
    let share = logs.softmax(dim: 0)
    let constant = 0.5 * log(2 * Double.pi * variance)
    return (logs.logSumExp(dims: [0]) - constant, (share * places).sum(dims: [0]) / -variance)
  }

  /// By the Fourier series `(1 + 2 · Σ exp(-n² · sigma² / 2) · cos(n · x)) / 2π`.
  func waves(_ x: Tensor) -> (logDensity: Tensor, score: Tensor) {
    var (sum, slope) = (0 * x + 1, 0 * x)
    for n in 1...(1 + Int((80.0.squareRoot() / sigma).rounded(.up))) {
      let n = Double(n)
      let factor = 2 * exp(-n * n * sigma * sigma / 2)
      sum = sum + factor * (n * x).cosine()
      slope = slope - (factor * n) * (n * x).sine()
    }
    return (sum.logarithm() - log(2 * Double.pi), slope / sum)
  }
}

/// The same angles between -π and π.
func wrapped(_ angles: Tensor) -> Tensor {
  angles - 2 * Double.pi * (angles / (2 * Double.pi)).rounded()
}
