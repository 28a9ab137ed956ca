internal import Foundation

/// How the variances `beta` of a discrete chain grow.
public enum Betas: Sendable, Hashable, Codable {
  /// From `first` to `last` in equal steps (Ho et al. 2020, section 4,
  /// https://arxiv.org/abs/2006.11239).
  case linear(first: Double = 1e-4, last: Double = 0.02)
  /// Equal steps of the square root (Rombach et al. 2022; Stable Diffusion's `scaled_linear`).
  case scaledLinear(first: Double = 0.00085, last: Double = 0.012)
  /// ᾱ as a squared cosine (Nichol & Dhariwal 2021, equation 17, https://arxiv.org/abs/2102.09672;
  /// `squaredcos_cap_v2`), with every beta at most `cap`.
  case cosine(offset: Double = 0.008, cap: Double = 0.999)

  /// The variances of a chain of `count` steps.
  public func values(_ count: Int) -> [Double] {
    switch self {
    case .linear(let first, let last): linspace(first, last, count)
    case .scaledLinear(let first, let last):
      linspace(first.squareRoot(), last.squareRoot(), count).map { $0 * $0 }
    case .cosine(let offset, let cap):
      (0..<max(count, 0)).map { index in
        func f(_ t: Double) -> Double { pow(cos((t + offset) / (1 + offset) * .pi / 2), 2) }
        return min(1 - f(Double(index + 1) / Double(count)) / f(Double(index) / Double(count)), cap)
      }
    }
  }

  /// The running products ᾱ of `1 - beta` of a chain of `count` steps.
  public func alphaBar(_ count: Int) -> [Double] {
    var product = 1.0
    return values(count).map { beta in
      product *= 1 - beta
      return product
    }
  }
}

/// `count` numbers from `first` to `last` in equal steps, both ends included; one alone is `first`.
func linspace(_ first: Double, _ last: Double, _ count: Int) -> [Double] {
  guard count > 1 else { return [Double](repeating: first, count: max(count, 0)) }
  let step = (last - first) / Double(count - 1)
  return (0..<count).map { $0 == count - 1 ? last : first + Double($0) * step }
}

/// Karras' noise levels from `last` down to `first`, equidistant in `sigma^(1 / rho)`.
///
/// Karras et al. 2022, equation 5, https://arxiv.org/abs/2206.00364, without its final zero.
func karrasSigmas(from last: Double, to first: Double, rho: Double, _ count: Int) -> [Double] {
  let ends = (pow(last, 1 / rho), pow(first, 1 / rho))
  guard count > 1 else { return [last] }
  return (0..<count).map { index in
    pow(ends.0 + Double(index) / Double(count - 1) * (ends.1 - ends.0), rho)
  }
}
