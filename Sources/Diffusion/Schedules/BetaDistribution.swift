internal import Foundation

/// The Beta distribution over (0, 1), by its regularised incomplete beta function.
struct BetaDistribution {
  /// The largest parameter, past which the gamma function leaves `Double`.
  static let largest = 80.0

  private let a: Double
  private let b: Double

  /// The distribution with parameters between 0 and ``largest``.
  init(_ alpha: Double, _ beta: Double) {
    precondition(
      alpha > 0 && alpha <= Self.largest && beta > 0 && beta <= Self.largest,
      "alpha \(alpha) and beta \(beta) are no Beta distribution")
    (a, b) = (alpha, beta)
  }

  /// Throws unless both parameters are between 0 and ``largest``.
  static func check(_ alpha: Double, _ beta: Double) throws(ScheduleError) {
    for (name, value) in [("alpha", alpha), ("beta", beta)] where !(value > 0 && value <= largest) {
      throw .parameter(name: name, value: value, expected: "above 0, at most \(largest)")
    }
  }

  /// The share below `x`: the regularised incomplete beta function.
  ///
  /// By its continued fraction (https://dlmf.nist.gov/8.17, equation 8.17.22), which converges
  /// fast below the mean; above it by the symmetry in `1 - x`.
  func share(below x: Double) -> Double {
    guard x > 0 else { return 0 }
    guard x < 1 else { return 1 }
    guard x <= (a + 1) / (a + b + 2) else { return 1 - BetaDistribution(b, a).lower(1 - x) }
    return lower(x)
  }

  /// The point below which the share `p` lies, between 0 and 1, to the last digits of `Double`.
  ///
  /// Halves the interval; above one half in `1 - x`, which keeps the digits near 1.
  func quantile(_ p: Double) -> Double {
    guard p > 0 else { return 0 }
    guard p < 1 else { return 1 }
    guard p <= 0.5 else { return 1 - BetaDistribution(b, a).quantile(1 - p) }
    var (low, high) = (0.0, 1.0)
    while true {
      let middle = low + (high - low) / 2
      guard low < middle, middle < high else { return middle }
      if share(below: middle) < p { low = middle } else { high = middle }
    }
  }

  private func lower(_ x: Double) -> Double {
    let beta = tgamma(a) * tgamma(b) / tgamma(a + b)
    return pow(x, a) * pow(1 - x, b) / (a * beta * continuedFraction(x))
  }

  /// `1 + d1 / (1 + d2 / (1 + …))`, from its end, which is far enough for every digit.
  private func continuedFraction(_ x: Double) -> Double {
    (1...200).reversed().reduce(1.0) { tail, index in
      let m = Double(index / 2)
      let d =
        index.isMultiple(of: 2)
        ? m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        : -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
      return 1 + d / tail
    }
  }
}
