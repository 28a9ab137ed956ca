public import Torch

internal import Foundation

/// DPM-Solver for the stochastic equation: with two steps' memory, of the noise instead of `x0`.
///
/// diffusers' `sde-dpmsolver` of order 2 at `eta = 1`; at `eta = 0` it is the multistep solver of
/// Lu et al. 2022, https://arxiv.org/abs/2206.00927. Along Karras' sigma, the estimate of the noise
/// is a straight line in half ``NoiseLevel/logSNR``, taken in the step's middle. From pure noise,
/// where the noise says nothing of `x0`, the step is that of ``DPMSolverPlusPlus2MSDE``. One
/// evaluation a step.
public struct DPMSolver2MSDE: Sampler {
  /// The share of the reverse-time equation's noise, not negative.
  public let eta: Double

  private var last: (epsilon: Tensor, h: Double)?

  /// The error of the moments falls with the square of the step.
  public var order: Int { 2 }

  /// Whether ``eta`` is above 0.
  public var isStochastic: Bool { eta > 0 }

  /// The sampler, without a memory yet.
  public init(eta: Double = 1) {
    precondition(eta >= 0, "eta \(eta) is negative")
    self.eta = eta
  }

  /// Extrapolates the noise of this step and the last, and adds fresh noise.
  public mutating func step(
    _ x: Tensor, from t: NoiseLevel, to s: NoiseLevel, denoiser: some Denoiser,
    noise: NoiseSource
  ) throws -> Tensor {
    guard t.alpha > 0 else {
      var first = DPMSolverPlusPlus2MSDE(eta: eta)
      return try first.step(x, from: t, to: s, denoiser: denoiser, noise: noise)
    }
    let x0 = try denoiser(x, at: t)
    guard s.sigma > 0 else { return s.alpha * x0 }
    let h = (s.logSNR - t.logSNR) / 2
    let epsilon = t.epsilon(in: x, of: x0)
    defer { last = (epsilon, h) }
    var middle = epsilon
    if let last { middle = middle + (h / last.h / 2) * (epsilon - last.epsilon) }
    let mean = s.alpha / t.alpha * x - ((1 + eta) * s.sigma * expm1(h)) * middle
    guard eta > 0 else { return mean }
    let deviation = s.sigma * (eta * expm1(2 * h)).squareRoot()
    return mean + deviation * noise.increment(like: x, from: t, to: s)
  }
}
