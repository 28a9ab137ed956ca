public import Torch

/// Euler's method for the probability flow.
///
/// Along the straight line between the two levels, `dx = x0 · dalpha + epsilon · dsigma`. With
/// `alpha = 1` this is the first half of Karras et al. 2022, algorithm 1,
/// https://arxiv.org/abs/2206.00364 (k-diffusion's `sample_euler`); for flows it is
/// `x + (s - t) · velocity` (Esser et al. 2024, https://arxiv.org/abs/2403.03206). On every path
/// it equals ``DDIM`` at `eta = 0`, and so it is written. First order.
public struct Euler: Sampler {
  /// The error falls in proportion to the step.
  public var order: Int { 1 }

  /// The flow is deterministic.
  public var isStochastic: Bool { false }

  /// The sampler.
  public init() {}

  /// Follows the flow's direction at `t` to `s`.
  public func step(
    _ x: Tensor, from t: NoiseLevel, to s: NoiseLevel, denoiser: some Denoiser,
    noise: NoiseSource
  ) throws -> Tensor {
    let x0 = try denoiser(x, at: t)
    guard s.sigma > 0 else { return s.alpha * x0 }
    return s.noised(x0, by: t.epsilon(in: x, of: x0))
  }
}
