public import Torch

/// The ancestral sampler of samples with noisy measurements.
///
/// DDNM+, Wang et al. 2023, equations 17 to 19, https://arxiv.org/abs/2212.00490, for each singular
/// value `s` of the operator by itself, as in their appendix: the measured part of the estimate is
/// corrected by `lambda` of what it lacks, and as much less noise is drawn as the measurement
/// brings, `a · lambda · sigma / s`, where `a` is the factor of `x0` in the step. `lambda` is 1
/// unless that were more than the step's noise. Without measurement noise it is ``DDPM`` over
/// ``DDNM``. (The authors' published code steps as DDIM does, and with other factors.)
public struct DDNMPlus: Sampler {
  private let measurement: LinearMeasurement

  /// The error of the moments falls in proportion to the step.
  public var order: Int { 1 }

  /// Every step but the last draws noise.
  public var isStochastic: Bool { true }

  /// The sampler of samples with these measurements.
  public init(measurement: LinearMeasurement) {
    self.measurement = measurement
  }

  /// Draws from the posterior at the corrected estimate, with the noise that is left.
  public func step(
    _ x: Tensor, from t: NoiseLevel, to s: NoiseLevel, denoiser: some Denoiser,
    noise: NoiseSource
  ) throws -> Tensor {
    let (a, sigmaT2) = (measurement.operator, t.sigma * t.sigma)
    let added = t.varianceAdded(since: s)
    let gain = s.alpha * added / sigmaT2
    let deviation = (added / sigmaT2).squareRoot() * s.sigma
    /// How much of the residual is believed, and what noise is left beside the measurement's.
    func parts(_ square: Double) -> (lambda: Double, left: Double) {
      guard square > 1e-12 else { return (0, deviation) }
      let brought = gain * measurement.sigma / square.squareRoot()
      guard deviation < brought else {
        return (1, (deviation * deviation - brought * brought).squareRoot())
      }
      return (deviation / brought, 0)
    }
    let estimate = try denoiser(x, at: t)
    let believed = a.spectrum(measurement.residual(of: estimate)) {
      $0 > 1e-12 ? parts($0).lambda / $0 : 0
    }
    let x0 = estimate + a.adjoint(believed)
    guard s.sigma > 0 else { return s.alpha * x0 }
    let fresh = a.sampleSpectrum(noise.normal(like: x)) { parts($0).left }
    return (t.alpha / s.alpha * s.sigma * s.sigma / sigmaT2) * x + gain * x0 + fresh
  }
}
