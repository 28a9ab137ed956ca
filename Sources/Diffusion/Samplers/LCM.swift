public import Torch

/// The sampler of latent consistency models: to the clean sample at once, then up by noise.
///
/// Luo et al. 2023, https://arxiv.org/abs/2310.04378. The denoiser answers for the end of the flow;
/// a network's boundary condition is a ``ConsistencyBoundary`` around it. diffusers'
/// `LCMScheduler`, `FlowMatchLCMScheduler` and, with `stochastic_sampling`,
/// `FlowMatchEulerDiscreteScheduler` step like this. With an exact denoiser for the flow's end,
/// samples are exact after any number of steps.
public struct LCM: Sampler {
  /// More steps do not lower the error of an exact denoiser, which is 0.
  public var order: Int { 0 }

  /// Every step but the last draws noise.
  public var isStochastic: Bool { true }

  /// The end of the probability flow.
  public var target: DenoiserTarget { .flowEnd }

  /// The sampler.
  public init() {}

  /// Goes to the clean sample, and adds noise.
  public func step(
    _ x: Tensor, from t: NoiseLevel, to s: NoiseLevel, denoiser: some Denoiser,
    noise: NoiseSource
  ) throws -> Tensor {
    let x0 = try denoiser(x, at: t)
    guard s.sigma > 0 else { return s.alpha * x0 }
    return s.noised(x0, by: noise.normal(like: x))
  }
}
