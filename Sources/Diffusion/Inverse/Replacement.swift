public import Torch

/// A sampler whose samples are given their measured part, as noisy as they are, after every step.
///
/// Song et al. 2021, https://arxiv.org/abs/2011.13456: for a mask, the known elements become
/// `alpha · y + sigma · noise`; for other operators, `A x` becomes that of a sample with `y`,
/// `x + A⁺ (alpha · y + sigma · A noise - A x)`. The noise is drawn anew in every step and knows
/// nothing of the rest of the sample, so the parts fit badly together: for a pair of unit normal
/// numbers of correlation `rho`, fine ancestral steps end at `(1 - sqrt(1 - rho²)) / rho · y`
/// instead of `rho · y`, about half. ``RePaint`` mends that.
public struct Replacement<Base: Sampler>: Sampler {
  private var base: Base
  private let measurement: LinearMeasurement

  /// The order of the sampler that it wraps, towards its own, biased, limit.
  public var order: Int { base.order }

  /// Every step but one to a clean level draws noise.
  public var isStochastic: Bool { true }

  /// The sampler of samples with these measurements, whose noise is not looked at.
  public init(_ base: Base, measurement: LinearMeasurement) {
    self.base = base
    self.measurement = measurement
  }

  /// Makes the wrapped sampler's step and replaces what was measured.
  public mutating func step(
    _ x: Tensor, from t: NoiseLevel, to s: NoiseLevel, denoiser: some Denoiser,
    noise: NoiseSource
  ) throws -> Tensor {
    let moved = try base.step(x, from: t, to: s, denoiser: denoiser, noise: noise)
    let a = measurement.operator
    var known = s.alpha * measurement.y
    if s.sigma > 0 { known = known + s.sigma * a(noise.normal(like: x)) }
    return moved + a.pseudoInverse(known - a(moved))
  }
}
