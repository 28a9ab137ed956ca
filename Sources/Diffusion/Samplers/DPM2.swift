public import Torch

/// DPM-Solver-2: the noise in the middle of the step stands for the whole step.
///
/// Lu et al. 2022, algorithm 1, https://arxiv.org/abs/2206.00927, with `r1 = 1/2`, in the form that
/// k-diffusion's `sample_dpm_2` has (Karras' midpoint method with the middle in `log sigma`): in
/// `y = x / alpha` and `sigma / alpha` it is `y_s = y_t + (sigma_s - sigma_t) · epsilon_middle`.
/// Second order with two evaluations a step. A step from pure noise or to a clean level is of
/// first order, with one.
public struct DPM2: Sampler {
  /// The error falls with the square of the step.
  public var order: Int { 2 }

  /// The flow is deterministic.
  public var isStochastic: Bool { false }

  /// The sampler.
  public init() {}

  /// Follows the noise at the level between `t` and `s` all the way.
  public func step(
    _ x: Tensor, from t: NoiseLevel, to s: NoiseLevel, denoiser: some Denoiser,
    noise: NoiseSource
  ) throws -> Tensor {
    let x0 = try denoiser(x, at: t)
    guard s.sigma > 0, t.alpha > 0 else { return t.moved(x, to: s, x0: x0) }
    let middle = t.towards(s, part: 0.5)
    let xAtMiddle = t.moved(x, to: middle, x0: x0)
    let x0AtMiddle = try denoiser(xAtMiddle, at: middle)
    return t.moved(x, to: s, epsilon: middle.epsilon(in: xAtMiddle, of: x0AtMiddle))
  }
}
