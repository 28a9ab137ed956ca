public import Torch

/// DPM-Solver++'s single step to a level below the next one, and fresh noise up to it.
///
/// Lu et al. 2022, algorithm 1 with `r = 1/2`, https://arxiv.org/abs/2211.01095, and k-diffusion's
/// `sample_dpmpp_2s_ancestral`. Steps from pure noise, whose middle is pure noise, are of first
/// order. Two evaluations a step; second order, see ``AncestralSplit``.
public struct DPMSolverPlusPlus2SAncestral: Sampler {
  /// The share of fresh noise, from 0 to 1.
  public let eta: Double

  /// How a step is split.
  public let split: AncestralSplit

  /// What the fresh noise is multiplied by; 1 keeps the variance.
  public let noiseScale: Double

  /// The error falls with the square of the step.
  public var order: Int { 2 }

  /// Whether ``eta`` is above 0.
  public var isStochastic: Bool { eta > 0 }

  /// The sampler with a share of fresh noise from 0 to 1.
  public init(eta: Double = 1, split: AncestralSplit = .posterior, noiseScale: Double = 1) {
    precondition((0...1).contains(eta), "eta \(eta) is not between 0 and 1")
    self.eta = eta
    self.split = split
    self.noiseScale = noiseScale
  }

  /// Takes the estimate of the step's middle for the whole step, and adds noise.
  public func step(
    _ x: Tensor, from t: NoiseLevel, to s: NoiseLevel, denoiser: some Denoiser,
    noise: NoiseSource
  ) throws -> Tensor {
    var x0 = try denoiser(x, at: t)
    guard s.sigma > 0 else { return s.alpha * x0 }
    let (down, up) = split(from: t, to: s, eta: eta)
    if t.alpha > 0, down.sigma > 0 {
      let middle = t.between(down, part: 0.5)
      x0 = try denoiser(middle.noised(x0, by: t.epsilon(in: x, of: x0)), at: middle)
    }
    let clean = down.noised(x0, by: t.epsilon(in: x, of: x0))
    return eta > 0 ? clean + (noiseScale * up) * noise.normal(like: x) : clean
  }
}
