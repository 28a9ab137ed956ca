public import Torch

/// DPM-Solver++ for the stochastic equation, with an evaluation in the middle of each step.
///
/// k-diffusion's `sample_dpmpp_sde` (diffusers' `DPMSolverSDEScheduler`), a stochastic form of Lu
/// et al. 2022, algorithm 1, https://arxiv.org/abs/2211.01095. The noise up to the middle and that
/// of the whole step are increments of one Brownian path, and so are correlated. Steps from pure
/// noise are of first order. Two evaluations a step; second order in the moments of normal data.
public struct DPMSolverPlusPlusSDE: Sampler {
  /// The share of fresh noise, from 0 to 1.
  public let eta: Double

  /// What the fresh noise is multiplied by; 1 keeps the variance.
  public let noiseScale: Double

  /// Where in the step, in parts of ``NoiseLevel/logSNR``, the second evaluation is; in (0, 1].
  public let middle: Double

  /// The error of the moments falls with the square of the step.
  public var order: Int { 2 }

  /// Whether ``eta`` is above 0.
  public var isStochastic: Bool { eta > 0 }

  /// The sampler with a share of fresh noise from 0 to 1.
  public init(eta: Double = 1, noiseScale: Double = 1, middle: Double = 0.5) {
    precondition((0...1).contains(eta), "eta \(eta) is not between 0 and 1")
    precondition(middle > 0 && middle <= 1, "middle \(middle) is not in (0, 1]")
    self.eta = eta
    self.noiseScale = noiseScale
    self.middle = middle
  }

  /// Extrapolates the estimates at the start and in the middle of the step.
  public func step(
    _ x: Tensor, from t: NoiseLevel, to s: NoiseLevel, denoiser: some Denoiser,
    noise: NoiseSource
  ) throws -> Tensor {
    let x0 = try denoiser(x, at: t)
    guard s.sigma > 0 else { return s.alpha * x0 }
    func moved(to level: NoiseLevel, by d: Tensor) -> Tensor {
      let (down, up) = AncestralSplit.posterior(from: t, to: level, eta: eta)
      let clean = down.noised(d, by: t.epsilon(in: x, of: d))
      guard eta > 0 else { return clean }
      return clean + (noiseScale * up) * noise.increment(like: x, from: t, to: level)
    }
    guard t.alpha > 0 else { return moved(to: s, by: x0) }
    let m = t.between(s, part: middle)
    let x0AtM = try denoiser(moved(to: m, by: x0), at: m)
    let weight = 1 / (2 * middle)
    return moved(to: s, by: (1 - weight) * x0 + weight * x0AtM)
  }
}
