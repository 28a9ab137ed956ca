public import Torch

/// The refined exponential solver with two evaluations in a step.
///
/// Zhang et al. 2023, https://arxiv.org/abs/2308.02157: an exponential Runge–Kutta method with the
/// second evaluation at `c2` of the step in `lambda`, and weights `b2 = φ_2(-h) / c2`,
/// `b1 = φ_1(-h) - b2`, which are of second order for every `c2`. A step from pure noise or to a
/// clean level is of first order, with one evaluation.
public struct RES2S: Sampler {
  /// Where the second evaluation is, above 0 and at most 1.
  public let c2: Double

  /// The error falls with the square of the step.
  public var order: Int { 2 }

  /// The flow is deterministic.
  public var isStochastic: Bool { false }

  /// The sampler with the second evaluation at `c2` of the step, above 0 and at most 1.
  public init(c2: Double = 0.5) {
    precondition(c2 > 0 && c2 <= 1, "c2 \(c2) is not above 0 and at most 1")
    self.c2 = c2
  }

  /// Integrates the line through the estimates at `t` and at `c2` of the way to `s`.
  public func step(
    _ x: Tensor, from t: NoiseLevel, to s: NoiseLevel, denoiser: some Denoiser,
    noise: NoiseSource
  ) throws -> Tensor {
    let x0 = try denoiser(x, at: t)
    guard s.sigma > 0, t.alpha > 0 else { return t.moved(x, to: s, x0: x0) }
    let middle = t.towards(s, part: c2)
    let x0AtMiddle = try denoiser(t.moved(x, to: middle, x0: x0), at: middle)
    let step = ExponentialStep(prediction: .x0, t: t, s: s)
    let b2 = phi(2, -step.h) / c2
    return step(x, [phi(1, -step.h) - b2, b2], [x0, x0AtMiddle])
  }
}
