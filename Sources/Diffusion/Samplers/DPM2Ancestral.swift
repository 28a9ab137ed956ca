public import Torch

/// The midpoint method to a level below the next one, and fresh noise up to it.
///
/// k-diffusion's `sample_dpm_2_ancestral`: the midpoint lies in the logarithm of Karras' sigma, the
/// direction there (Karras et al. 2022, equation 4 with `s = 1`, https://arxiv.org/abs/2206.00364)
/// is followed in Karras' sigma. Steps from pure noise, whose midpoint is pure noise, are Euler's.
/// Two evaluations a step; second order, see ``AncestralSplit``.
public struct DPM2Ancestral: Sampler {
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

  /// Follows the flow's direction at the midpoint below `s`, and adds noise.
  public func step(
    _ x: Tensor, from t: NoiseLevel, to s: NoiseLevel, denoiser: some Denoiser,
    noise: NoiseSource
  ) throws -> Tensor {
    let x0 = try denoiser(x, at: t)
    guard s.sigma > 0 else { return s.alpha * x0 }
    let (down, up) = split(from: t, to: s, eta: eta)
    var epsilon = t.epsilon(in: x, of: x0)
    var clean = down.noised(x0, by: epsilon)
    if t.alpha > 0, down.sigma > 0 {
      let middle = t.between(down, part: 0.5)
      let predicted = middle.noised(x0, by: epsilon)
      epsilon = middle.epsilon(in: predicted, of: try denoiser(predicted, at: middle))
      clean = down.alpha / t.alpha * (x - t.sigma * epsilon) + down.sigma * epsilon
    }
    return eta > 0 ? clean + (noiseScale * up) * noise.normal(like: x) : clean
  }
}
