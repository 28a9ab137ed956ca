public import Torch

/// DPM-Solver++ for the stochastic equation, with three steps' memory.
///
/// k-diffusion's `sample_dpmpp_3m_sde`, a stochastic form of the multistep solver of Lu et al.
/// 2022, https://arxiv.org/abs/2211.01095. The published second difference is half of the second
/// derivative that its weight belongs to: halving the step of the deterministic form (`eta = 0`)
/// then only quarters the error. ``isCorrected`` doubles it, and the error falls to an eighth. At
/// few steps the published form is often nearer, so it is the default. With noise, both are of
/// second order: an estimate does not know the noise of its own step. One evaluation a step.
///
/// diffusers 0.42.1 has another sign in its `sde-dpmsolver++` of order 3: `- 0.5` in the second
/// difference's weight where the integral is `+ 0.5`. On normal data its variance then converges at
/// first order.
public struct DPMSolverPlusPlus3MSDE: Sampler {
  /// The share of the reverse-time equation's noise, not negative.
  public let eta: Double

  /// Whether the second difference is doubled.
  public let isCorrected: Bool

  /// What the fresh noise is multiplied by; 1 keeps the variance.
  public let noiseScale: Double

  private var history: [(x0: Tensor, h: Double)] = []

  /// The error falls with the square of the step, with its cube if ``isCorrected`` and `eta = 0`.
  public var order: Int { isCorrected && eta == 0 ? 3 : 2 }

  /// Whether ``eta`` is above 0.
  public var isStochastic: Bool { eta > 0 }

  /// The sampler, without a memory yet.
  public init(eta: Double = 1, isCorrected: Bool = false, noiseScale: Double = 1) {
    precondition(eta >= 0, "eta \(eta) is negative")
    self.eta = eta
    self.isCorrected = isCorrected
    self.noiseScale = noiseScale
  }

  /// Extrapolates the estimates of this step and the last two, and adds noise.
  public mutating func step(
    _ x: Tensor, from t: NoiseLevel, to s: NoiseLevel, denoiser: some Denoiser,
    noise: NoiseSource
  ) throws -> Tensor {
    let x0 = try denoiser(x, at: t)
    guard s.sigma > 0 else { return s.alpha * x0 }
    let h = (s.logSNR - t.logSNR) / 2
    let step = StochasticExponentialStep(from: t, to: s, eta: eta)
    var mean = step.xWeight * x + step.x0Weight * x0
    if let one = history.last {
      var slope = (x0 - one.x0) / one.h
      if history.count > 1 {
        let two = history[history.count - 2]
        // Divided differences: `bend` is half of the second derivative.
        let bend = (slope - (one.x0 - two.x0) / two.h) / (one.h + two.h)
        slope = slope + one.h * bend
        mean = mean + ((isCorrected ? 1 : 0.5) * step.secondMoment) * bend
      }
      mean = mean + step.firstMoment * slope
    }
    // A step from pure noise is infinitely long, so that its start says nothing of a slope.
    history = h.isFinite ? Array((history + [(x0, h)]).suffix(2)) : []
    guard eta > 0 else { return mean }
    return mean + (noiseScale * step.deviation) * noise.increment(like: x, from: t, to: s)
  }
}
