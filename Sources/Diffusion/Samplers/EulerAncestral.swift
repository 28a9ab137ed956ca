public import Torch

/// Euler's method to a level below the next one, and fresh noise up to it.
///
/// k-diffusion's `sample_euler_ancestral` and, split as ``AncestralSplit/flow``, ComfyUI's form for
/// rectified flows, which diffusers has as `LTXEulerAncestralRFScheduler`. At `eta = 1` with
/// ``AncestralSplit/posterior`` each step is one of ``DDPM``; at `eta = 0` it is ``Euler``'s. First
/// order in its moments.
public struct EulerAncestral: Sampler {
  /// The share of fresh noise, from 0 to 1.
  public let eta: Double

  /// How a step is split.
  public let split: AncestralSplit

  /// What the fresh noise is multiplied by; 1 keeps the variance.
  public let noiseScale: Double

  /// The error of the moments falls in proportion to the step.
  public var order: Int { 1 }

  /// Whether ``eta`` is above 0.
  public var isStochastic: Bool { eta > 0 }

  /// The sampler with a share of fresh noise from 0 to 1.
  public init(eta: Double = 1, split: AncestralSplit = .posterior, noiseScale: Double = 1) {
    precondition((0...1).contains(eta), "eta \(eta) is not between 0 and 1")
    self.eta = eta
    self.split = split
    self.noiseScale = noiseScale
  }

  /// Follows the flow's direction at `t` below `s`, and adds noise.
  public func step(
    _ x: Tensor, from t: NoiseLevel, to s: NoiseLevel, denoiser: some Denoiser,
    noise: NoiseSource
  ) throws -> Tensor {
    let x0 = try denoiser(x, at: t)
    guard s.sigma > 0 else { return s.alpha * x0 }
    let (down, up) = split(from: t, to: s, eta: eta)
    let clean = down.noised(x0, by: t.epsilon(in: x, of: x0))
    return eta > 0 ? clean + (noiseScale * up) * noise.normal(like: x) : clean
  }
}
