public import Torch

/// A deterministic sampler's step to a level below the next one, and fresh noise up to it.
///
/// Over ``Euler`` it is k-diffusion's `sample_euler_ancestral` and, split as
/// ``AncestralSplit/flow``, ComfyUI's form for rectified flows, which diffusers has as
/// `LTXEulerAncestralRFScheduler`; over ``DPM2`` it is `sample_dpm_2_ancestral`, and over
/// ``DPMSolverSinglestep`` of order 2 `sample_dpmpp_2s_ancestral`. Over ``Euler`` at `eta = 1` with
/// ``AncestralSplit/posterior`` each step is one of ``DDPM``; at `eta = 0` it is the deterministic
/// sampler's.
public struct Ancestral: Sampler {
  /// The share of fresh noise, from 0 to 1.
  public let eta: Double

  /// How a step is split.
  public let split: AncestralSplit

  /// What the fresh noise is multiplied by; 1 keeps the variance.
  public let noiseScale: Double

  private var flow: any Sampler

  /// That of the deterministic sampler, see ``AncestralSplit``.
  public var order: Int { flow.order }

  /// Whether ``eta`` is above 0.
  public var isStochastic: Bool { eta > 0 }

  /// The sampler with a share of fresh noise.
  ///
  /// - Parameters:
  ///   - flow: What steps down: a deterministic sampler without a memory.
  ///   - eta: The share of fresh noise, from 0 to 1.
  ///   - split: How a step is split.
  ///   - noiseScale: What the fresh noise is multiplied by.
  public init(
    _ flow: some Sampler, eta: Double = 1, split: AncestralSplit = .posterior,
    noiseScale: Double = 1
  ) {
    precondition((0...1).contains(eta), "eta \(eta) is not between 0 and 1")
    precondition(!flow.isStochastic, "\(flow) draws noise itself")
    self.flow = flow
    self.eta = eta
    self.split = split
    self.noiseScale = noiseScale
  }

  /// Follows the flow from `t` to below `s`, and adds noise.
  public mutating func step(
    _ x: Tensor, from t: NoiseLevel, to s: NoiseLevel, denoiser: some Denoiser,
    noise: NoiseSource
  ) throws -> Tensor {
    guard eta > 0, s.sigma > 0 else {
      return try flow.step(x, from: t, to: s, denoiser: denoiser, noise: noise)
    }
    let (down, up) = split(from: t, to: s, eta: eta)
    let clean = try flow.step(x, from: t, to: down, denoiser: denoiser, noise: noise)
    return clean + (noiseScale * up) * noise.normal(like: x)
  }
}
