public import Torch

/// DEIS: the noise as a polynomial of `log(sigma / alpha)` through the latest steps.
///
/// Zhang & Chen 2023, https://arxiv.org/abs/2204.13902, in the form with the polynomial in
/// `log rho` where `rho = sigma / alpha` (diffusers' `DEISMultistepScheduler`), with one evaluation
/// a step. Its coefficients are the integrals of Lagrange's polynomials over `rho`, in closed form:
/// with `lambda = -log rho` those of an exponential integrator. The first steps are of lower order.
/// A step from pure noise or to a clean level is of first order.
public struct DEIS: Sampler {
  /// The number of steps that a step uses, from 1 to 4.
  public let order: Int

  private var history = History()

  /// The flow is deterministic.
  public var isStochastic: Bool { false }

  /// The sampler of an order from 1 to 4, without a memory yet.
  public init(order: Int = 3) {
    precondition((1...4).contains(order), "order \(order): expected 1 to 4")
    self.order = order
  }

  /// Integrates the polynomial through the latest noises from `t` to `s`.
  public mutating func step(
    _ x: Tensor, from t: NoiseLevel, to s: NoiseLevel, denoiser: some Denoiser,
    noise: NoiseSource
  ) throws -> Tensor {
    let x0 = try denoiser(x, at: t)
    guard s.sigma > 0, t.alpha > 0 else { return t.moved(x, to: s, x0: x0) }
    history.add(t.epsilon(in: x, of: x0), at: t, keeping: order)
    let step = ExponentialStep(prediction: .epsilon, t: t, s: s)
    return step(
      x, through: history.values, at: history.entries.map { step.position(of: $0.level) },
      moments: step.exactMoments(history.count))
  }
}
