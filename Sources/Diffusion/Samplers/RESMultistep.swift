public import Torch

/// The refined exponential solver with the memory of one step.
///
/// Zhang et al. 2023, https://arxiv.org/abs/2308.02157: with `c2` the place of the last step in
/// units of this one, `x_s = e^{-h} · x + h · (b1 · x0 + b2 · x0_last)` where `b2 = φ_2(-h) / c2`
/// and `b1 = φ_1(-h) - b2` (ComfyUI's `res_multistep`, here on every path). It is the exact
/// integral of the line through the two estimates, so it equals ``DPMSolverMultistep`` with two
/// values by the exact rule. Second order with one evaluation a step; the first step, a step from
/// pure noise and one to a clean level are of first order.
public struct RESMultistep: Sampler {
  private var last: (level: NoiseLevel, x0: Tensor)?

  /// The error falls with the square of the step.
  public var order: Int { 2 }

  /// The flow is deterministic.
  public var isStochastic: Bool { false }

  /// The sampler, without a memory yet.
  public init() {}

  /// Integrates the line through the last two estimates from `t` to `s`.
  public mutating func step(
    _ x: Tensor, from t: NoiseLevel, to s: NoiseLevel, denoiser: some Denoiser,
    noise: NoiseSource
  ) throws -> Tensor {
    let x0 = try denoiser(x, at: t)
    guard s.sigma > 0, t.alpha > 0 else { return t.moved(x, to: s, x0: x0) }
    defer { last = (t, x0) }
    let step = ExponentialStep(prediction: .x0, t: t, s: s)
    guard let last else { return step(x, holding: x0) }
    let b2 = phi(2, -step.h) / step.position(of: last.level)
    let b1 = phi(1, -step.h) - b2
    return step(x, [b1, b2], [x0, last.x0])
  }
}
