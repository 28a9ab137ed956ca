public import Diffusion
internal import Foundation

/// Levels equidistant in the logarithm of `sigma / alpha`, on the variance-preserving path, of
/// which the network is told the angle.
///
/// Evans et al. 2024, https://arxiv.org/abs/2407.14358; equal to what diffusers'
/// `CosineDPMSolverMultistepScheduler` does with its exponential sigmas.
public struct StableAudioSchedule: NoiseSchedule, Codable, Hashable {
  /// The smallest `sigma / alpha` but that of the clean level, above 0.
  public let sigmaMin: Double
  /// The largest `sigma / alpha`.
  public let sigmaMax: Double

  /// A schedule between two levels of `sigma / alpha`, of which the smaller one is above 0.
  public init(sigmaMin: Double, sigmaMax: Double) {
    precondition(sigmaMin > 0 && sigmaMax > sigmaMin, "levels \(sigmaMin) to \(sigmaMax)")
    self.sigmaMin = sigmaMin
    self.sigmaMax = sigmaMax
  }

  enum CodingKeys: String, CodingKey {
    case sigmaMin = "sigma_min"
    case sigmaMax = "sigma_max"
  }

  /// What diffusers can vary and this schedule does not.
  private enum Fixed: String, CodingKey {
    case sigmaData = "sigma_data"
    case spacing = "sigma_schedule"
    case prediction = "prediction_type"
    case order = "solver_order"
    case solver = "solver_type"
    case end = "final_sigmas_type"
  }

  /// Reads `scheduler_config.json`; a key that is not there has diffusers' default, one that is not
  /// known is passed over.
  ///
  /// - Throws: `DecodingError` if a number cannot be, or if another schedule is described.
  public init(from decoder: any Decoder) throws {
    let fixed = try ConfigurationKeys<Fixed>(decoder)
    try fixed.require(.sigmaData, 1.0)
    try fixed.require(.spacing, "exponential")
    try fixed.require(.prediction, "v_prediction")
    try fixed.require(.order, 2)
    try fixed.require(.solver, "midpoint")
    try fixed.require(.end, "zero")
    let keys = try ConfigurationKeys<CodingKeys>(decoder)
    sigmaMin = try keys.value(.sigmaMin, or: 0.3)
    sigmaMax = try keys.value(.sigmaMax, or: 500)
    guard sigmaMin > 0 else {
      throw keys.misfit(.sigmaMin, expected: "more than 0", found: sigmaMin)
    }
    guard sigmaMax > sigmaMin, sigmaMax.isFinite else {
      throw keys.misfit(.sigmaMax, expected: "more than \(sigmaMin)", found: sigmaMax)
    }
  }

  /// `alpha² + sigma² = 1`.
  public var path: NoisePath { .variancePreserving }

  /// `steps` levels from the largest to the smallest, and the clean one.
  public func levels(_ steps: Int) throws -> [NoiseLevel] {
    try SigmaSchedule(.exponential, sigmaMin: sigmaMin, sigmaMax: sigmaMax, path: path)
      .levels(steps)
  }

  /// The angle `atan(sigma / alpha)` as a part of a right angle.
  public func timestep(at level: NoiseLevel) -> Double { atan(level.karrasSigma) * 2 / .pi }

  /// The level of an angle.
  public func level(at timestep: Double) -> NoiseLevel {
    let angle = timestep * .pi / 2
    return NoiseLevel(alpha: cos(angle), sigma: sin(angle))
  }
}
