internal import Foundation

/// How levels lie between a largest and a smallest `sigma / alpha`.
public enum SigmaSpacing: Sendable, Hashable, Codable {
  /// Equidistant in `sigma^(1 / rho)` (Karras et al. 2022, equation 5,
  /// https://arxiv.org/abs/2206.00364).
  case karras(rho: Double = 7)
  /// Equidistant in `ln(sigma)`, so in the log-SNR: DPM-Solver's lambdas (Lu et al. 2022,
  /// https://arxiv.org/abs/2206.00927), k-diffusion's `get_sigmas_exponential`.
  case exponential
  /// `ln(sigma)` as a power of the way that is left; k-diffusion's `get_sigmas_polyexponential`.
  /// A `rho` of 1 is ``exponential``.
  case polyexponential(rho: Double = 1)
  /// Quantiles of a Beta distribution (Lee et al. 2024, https://arxiv.org/abs/2407.12173), as
  /// diffusers' `use_beta_sigmas` takes them over sigmas.
  case beta(alpha: Double = 0.6, beta: Double = 0.6)
  /// Equidistant in `atan(sigma)` (Sabour et al. 2024, theorem 3.1,
  /// https://arxiv.org/abs/2404.14507; ComfyUI's `kl_optimal`).
  case klOptimal
  /// Two arcs of a tangent, steep in the middle: RES4LYF's `bong_tangent` with its own numbers, as
  /// in stable-diffusion.cpp.
  ///
  /// Of the levels and two more, six tenths go from the largest sigma to the mean of both ends, the
  /// others from there. A single level is the largest sigma, which is the mean there.
  case bongTangent
  /// A published table from the noisiest to a nearly clean level, whatever the range,
  /// interpolated in `ln(sigma)`; its last level becomes the clean one.
  ///
  /// ``AlignYourSteps`` has such tables.
  case table([Double])

  /// `count` levels from `max` down to `min`.
  ///
  /// - Parameters:
  ///   - count: The number of levels, at least 1; a single one is `max`.
  ///   - max: The largest sigma.
  ///   - min: The smallest sigma, above 0 and below `max`.
  /// - Returns: Falling sigmas without the final zero.
  /// - Throws: ``ScheduleError`` if a parameter of the spacing is out of its range.
  public func sigmas(_ count: Int, from max: Double, to min: Double) throws -> [Double] {
    try check()
    func spaced(_ sigma: (_ ramp: Double) -> Double) -> [Double] {
      linspace(0, 1, count).map(sigma)
    }
    switch self {
    case .karras(let rho):
      let ends = (pow(max, 1 / rho), pow(min, 1 / rho))
      return spaced { $0 == 0 ? max : pow(ends.0 + $0 * (ends.1 - ends.0), rho) }
    case .exponential: return spaced { max * pow(min / max, $0) }
    case .polyexponential(let rho): return spaced { min * pow(max / min, pow(1 - $0, rho)) }
    case .beta(let alpha, let beta):
      let distribution = BetaDistribution(alpha, beta)
      return spaced { min + distribution.quantile(1 - $0) * (max - min) }
    case .klOptimal:
      let ends = (atan(max), atan(min))
      return spaced { $0 == 0 ? max : tan(ends.0 + $0 * (ends.1 - ends.0)) }
    case .bongTangent: return count > 1 ? tangents(count, from: max, to: min) : [max]
    case .table(let sigmas): return Array(logLinear(sigmas, count + 1).dropLast())
    }
  }

  private func check() throws {
    switch self {
    case .karras(let rho), .polyexponential(let rho):
      guard rho > 0, rho.isFinite else {
        throw ScheduleError.parameter(name: "rho", value: rho, expected: "above 0")
      }
    case .beta(let alpha, let beta):
      try BetaDistribution.check(alpha, beta)
    case .exponential, .klOptimal, .bongTangent: return
    case .table(let sigmas):
      guard sigmas.count > 1 else {
        throw ScheduleError.parameter(
          name: "levels of the table", value: Double(sigmas.count), expected: "at least 2")
      }
      for (index, (t, s)) in zip(sigmas, sigmas.dropFirst()).enumerated() where !(0 < s && s < t) {
        throw ScheduleError.parameter(
          name: "sigma \(index + 1)", value: s, expected: "above 0, below \(t)")
      }
    }
  }
}

/// Levels that were optimised for some networks and ten steps.
///
/// Sabour et al. 2024, appendix B, https://arxiv.org/abs/2404.14507: eleven levels each, the last
/// of which stands for the clean one. They are for ``SigmaSpacing/table(_:)``.
public enum AlignYourSteps {
  /// Stable Diffusion 1.5.
  public static let stableDiffusion = [
    14.615, 6.475, 3.861, 2.697, 1.886, 1.396, 0.963, 0.652, 0.399, 0.152, 0.029,
  ]
  /// Stable Diffusion XL.
  public static let stableDiffusionXL = [
    14.615, 6.315, 3.771, 2.181, 1.342, 0.862, 0.555, 0.380, 0.234, 0.113, 0.029,
  ]
  /// DeepFloyd IF, stage 1.
  public static let deepFloyd = [
    160.41, 8.081, 3.315, 1.885, 1.207, 0.785, 0.553, 0.293, 0.186, 0.030, 0.006,
  ]
  /// Stable Video Diffusion.
  public static let stableVideoDiffusion = [
    700.00, 54.5, 15.886, 7.977, 4.248, 1.789, 0.981, 0.403, 0.173, 0.034, 0.002,
  ]
}

/// `count` levels over two arcs, of which the second begins where the first ends.
private func tangents(_ count: Int, from max: Double, to min: Double) -> [Double] {
  let all = count + 2
  let first = Int(Double(all) * 0.6)
  let slope = 8 / Double(all)
  func arc(_ length: Int, pivot: Int, from begin: Double, to end: Double) -> [Double] {
    let heights = (0..<length).map { atan(-slope * Double($0 - pivot)) }
    let (high, low) = (heights[0], heights[length - 1])
    return heights.map { end + ($0 - low) / (high - low) * (begin - end) }
  }
  let middle = (max + min) / 2
  // The last level of the whole is the clean one.
  return arc(first, pivot: first, from: max, to: middle).dropLast()
    + arc(all - first, pivot: 0, from: middle, to: min).dropLast()
}

/// A falling table at `count` equidistant places, interpolated in the logarithm.
private func logLinear(_ table: [Double], _ count: Int) -> [Double] {
  linspace(0, Double(table.count - 1), count).map { place in
    let low = min(Int(place), table.count - 2)
    let part = place - Double(low)
    return table[low] * pow(table[low + 1] / table[low], part)
  }
}
