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
  /// A logistic curve from `first` to `last`, over -`span` to `span` (GeoDiff, Xu et al. 2022,
  /// https://arxiv.org/abs/2203.02923; diffusers' `sigmoid` has a span of 6).
  case sigmoid(first: Double = 1e-4, last: Double = 0.02, span: Double = 6)
  /// A log-SNR that is distributed as Laplace's density (Hang et al. 2024,
  /// https://arxiv.org/abs/2407.03297), with every beta at most `cap`.
  ///
  /// ᾱ is `snr / (1 + snr)` to the given power. The paper's is 1. diffusers takes the square root
  /// for ᾱ, so its table, the default, has the powers 1/2.
  case laplace(
    location: Double = 0, scale: Double = 0.5, power: Double = 0.5, cap: Double = 0.999)
  /// ᾱ falls as `exp(-rate · t)`, so every beta is the same; diffusers' `exp`.
  case exponential(rate: Double = 12)
  /// A list of one's own, of which `alphaBar(_:)` takes the first ones.
  case custom([Double])

  /// The variances of a chain of `count` steps.
  public func values(_ count: Int) -> [Double] {
    switch self {
    case .linear(let first, let last): linspace(first, last, count)
    case .scaledLinear(let first, let last):
      linspace(first.squareRoot(), last.squareRoot(), count).map { $0 * $0 }
    case .cosine(let offset, let cap):
      ratios(count, cap: cap) { pow(cos(($0 + offset) / (1 + offset) * .pi / 2), 2) }
    case .sigmoid(let first, let last, let span):
      linspace(-span, span, count).map { first + (last - first) / (1 + exp(-$0)) }
    case .laplace(let location, let scale, let power, let cap):
      ratios(count, cap: cap) { t in
        // What diffusers adds, so that both ends are finite.
        let distance = scale * log(1 - 2 * abs(0.5 - t) + 1e-6)
        let snr = exp(location - (t < 0.5 ? distance : -distance))
        return pow(snr / (1 + snr), power)
      }
    case .exponential(let rate): ratios(count, cap: 1) { exp(-rate * $0) }
    case .custom(let values): Array(values.prefix(max(count, 0)))
    }
  }

  /// What makes ᾱ fall as `alphaBar` does from 0 to 1, but at most `cap`.
  private func ratios(
    _ count: Int, cap: Double, _ alphaBar: (_ t: Double) -> Double
  ) -> [Double] {
    (0..<max(count, 0)).map { index in
      let (t, s) = (Double(index + 1) / Double(count), Double(index) / Double(count))
      return min(1 - alphaBar(t) / alphaBar(s), cap)
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
