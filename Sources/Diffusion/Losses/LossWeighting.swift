internal import Foundation

/// How much an error counts at each noise level.
public enum LossWeighting: Sendable, Hashable, Codable {
  /// The errors of what the network outputs all count the same: DDPM's simple loss for epsilon
  /// (Ho et al. 2020, equation 14), conditional flow matching for velocity.
  case uniform
  /// The errors of `x0` count as the signal-to-noise ratio, but at most `gamma`.
  ///
  /// The Min-SNR-gamma strategy of Hang et al. 2023, https://arxiv.org/abs/2303.09556, who use 5.
  case minSNR(gamma: Double = 5)
  /// The errors of `x0` count as the signal-to-noise ratio, but at least 1.
  ///
  /// The truncated SNR of Salimans & Ho 2022, section 4, https://arxiv.org/abs/2202.00512.
  case truncatedSNR
  /// The errors of `x0` count as the SNR plus `1 / sigmaData²`: EDM's weights.
  ///
  /// Karras et al. 2022, table 1, `λ(σ)`, https://arxiv.org/abs/2206.00364.
  case edm(sigmaData: Double = 0.5)

  /// The factor of the squared error of what the network outputs at a level.
  public func weight(of prediction: PredictionType, at level: NoiseLevel) -> Double {
    switch self {
    case .uniform: return 1
    case .minSNR(let gamma):
      let ratio = level.alpha / level.sigma
      // Without its limit at alpha = 0, where an error of epsilon says nothing of x0.
      if prediction == .epsilon { return min(1, gamma / (ratio * ratio)) }
      let perOutput = prediction.x0PerOutput(at: level)
      return min(ratio * ratio, gamma) * perOutput * perOutput
    case .truncatedSNR:
      let ratio = max(level.alpha / level.sigma, 1)
      return pow(ratio * prediction.x0PerOutput(at: level), 2)
    case .edm(let sigmaData):
      let ratio = hypot(level.alpha / level.sigma, 1 / sigmaData)
      return pow(ratio * prediction.x0PerOutput(at: level), 2)
    }
  }
}
