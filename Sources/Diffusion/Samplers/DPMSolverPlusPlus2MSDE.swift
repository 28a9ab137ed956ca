public import Torch

/// DPM-Solver++ for the stochastic equation, with two steps' memory.
///
/// k-diffusion's `sample_dpmpp_2m_sde`: Lu et al. 2022, algorithm 2,
/// https://arxiv.org/abs/2211.01095, with the weights of the equation whose noise is `eta` times
/// that of the reverse-time equation. At `eta = 1` it is diffusers' `sde-dpmsolver++` of order 2,
/// at `eta = 0` with ``Weights/midpoint`` ``DPMSolverPlusPlus2M``. Its noise is the increment of a
/// Brownian path. The first step, and the step after one from pure noise, are of first order. One
/// evaluation a step.
public struct DPMSolverPlusPlus2MSDE: Sampler {
  /// How the slope of the estimates counts.
  public enum Weights: String, Sendable, Hashable, Codable, CaseIterable {
    /// As the estimate in the step's middle.
    case midpoint
    /// By the exact integral of a straight line; k-diffusion and diffusers call it `heun`.
    case heun
  }

  /// The share of the reverse-time equation's noise, not negative.
  public let eta: Double

  /// How the slope of the estimates counts.
  public let weights: Weights

  /// What the fresh noise is multiplied by; 1 keeps the variance.
  public let noiseScale: Double

  private var last: (x0: Tensor, h: Double)?

  /// The error of the moments falls with the square of the step.
  public var order: Int { 2 }

  /// Whether ``eta`` is above 0.
  public var isStochastic: Bool { eta > 0 }

  /// The sampler, without a memory yet.
  public init(eta: Double = 1, weights: Weights = .midpoint, noiseScale: Double = 1) {
    precondition(eta >= 0, "eta \(eta) is negative")
    self.eta = eta
    self.weights = weights
    self.noiseScale = noiseScale
  }

  /// Extrapolates the estimates of this step and the last, and adds noise.
  public mutating func step(
    _ x: Tensor, from t: NoiseLevel, to s: NoiseLevel, denoiser: some Denoiser,
    noise: NoiseSource
  ) throws -> Tensor {
    let x0 = try denoiser(x, at: t)
    guard s.sigma > 0 else { return s.alpha * x0 }
    let h = (s.logSNR - t.logSNR) / 2
    defer { last = (x0, h) }
    let step = StochasticExponentialStep(from: t, to: s, eta: eta)
    var mean = step.xWeight * x + step.x0Weight * x0
    if let last, last.h.isFinite {
      let weight = weights == .midpoint ? step.x0Weight / 2 : step.firstMoment / h
      mean = mean + (weight * h / last.h) * (x0 - last.x0)
    }
    guard eta > 0 else { return mean }
    return mean + (noiseScale * step.deviation) * noise.increment(like: x, from: t, to: s)
  }
}
