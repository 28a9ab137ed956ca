public import Torch

internal import Foundation

/// How much signal and how much noise a noisy sample holds: `x = alpha · x0 + sigma · epsilon`.
///
/// One pair covers DDPM (`alpha² + sigma² = 1`), Karras' variance-exploding form (`alpha = 1`) and
/// flows (`alpha = 1 - t`, `sigma = t`). Multiplying both numbers by the same factor only changes
/// the unit in which `x` is measured; what identifies the level is their ratio.
public struct NoiseLevel: Sendable, Hashable {
  /// The factor of the clean sample; not negative.
  public let alpha: Double

  /// The factor of the unit noise; not negative.
  public let sigma: Double

  /// The level with these factors, which are finite, not negative and not both zero.
  public init(alpha: Double, sigma: Double) {
    precondition(
      alpha >= 0 && sigma >= 0 && alpha + sigma > 0 && (alpha + sigma).isFinite,
      "alpha \(alpha) and sigma \(sigma) are no noise level")
    self.alpha = alpha
    self.sigma = sigma
  }

  /// The level without noise: `alpha = 1`, `sigma = 0`.
  public static let clean = NoiseLevel(alpha: 1, sigma: 0)

  /// The logarithm of the signal-to-noise ratio `alpha² / sigma²`, in nats.
  ///
  /// It is `-infinity` where there is only noise and `+infinity` where there is none. The lambda of
  /// the DPM-Solver papers is half of it.
  public var logSNR: Double { 2 * (log(alpha) - log(sigma)) }

  /// Karras' sigma, `sigma / alpha`; infinite where there is only noise.
  public var karrasSigma: Double { sigma / alpha }

  /// The noisy sample `alpha · x0 + sigma · epsilon`.
  public func noised(_ x0: Tensor, by epsilon: Tensor) -> Tensor {
    alpha * x0 + sigma * epsilon
  }

  /// The unit noise that turns `x0` into `x`: `(x - alpha · x0) / sigma`, for `sigma > 0`.
  public func epsilon(in x: Tensor, of x0: Tensor) -> Tensor {
    (x - alpha * x0) / sigma
  }
}

extension NoiseLevel: CustomStringConvertible {
  /// The two factors.
  public var description: String { "(alpha \(alpha), sigma \(sigma))" }
}

/// The unit in which noisy samples are measured, as the kind of process fixes it.
///
/// The same signal-to-noise ratio has one ``NoiseLevel`` on each path, and their noisy samples
/// differ by a factor (Karras et al. 2022, table 1, `s(t)`, https://arxiv.org/abs/2206.00364).
public enum NoisePath: String, Sendable, Hashable, Codable, CaseIterable {
  /// `alpha² + sigma² = 1`: DDPM, DDIM, Stable Diffusion.
  case variancePreserving
  /// `alpha = 1`: EDM, k-diffusion. It cannot say that there is only noise.
  case varianceExploding
  /// `alpha + sigma = 1`: flow matching, rectified flows.
  case flow
  /// `alpha² + sigma = 1`: the sub-VP process (Song et al. 2021, appendix B,
  /// https://arxiv.org/abs/2011.13456).
  case subVariancePreserving

  /// The factor that brings a noisy sample at `level` onto this path.
  ///
  /// It is infinite for ``varianceExploding`` where there is only noise.
  public func scale(of level: NoiseLevel) -> Double {
    switch self {
    case .variancePreserving: 1 / hypot(level.alpha, level.sigma)
    case .varianceExploding: 1 / level.alpha
    case .flow: 1 / (level.alpha + level.sigma)
    // The positive root of alpha² · scale² + sigma · scale = 1.
    case .subVariancePreserving: 2 / (level.sigma + hypot(level.sigma, 2 * level.alpha))
    }
  }

  /// The level with the signal-to-noise ratio of `level` on this path, which can say it.
  public func level(_ level: NoiseLevel) -> NoiseLevel {
    let scale = scale(of: level)
    return NoiseLevel(alpha: level.alpha * scale, sigma: level.sigma * scale)
  }

  /// The standard deviation of the noise that sampling starts from at `level`.
  ///
  /// It is 1 on the variance-preserving path, whose prior is the unit normal distribution whatever
  /// signal its last level still holds (Ho et al. 2020, algorithm 2), and `sigma` on the others.
  public func priorScale(at level: NoiseLevel) -> Double {
    self == .variancePreserving ? hypot(level.alpha, level.sigma) : level.sigma
  }
}
