public import Torch

/// The linear multistep method: the flow's direction as a polynomial through the latest steps.
///
/// Adams–Bashforth over the actual levels, k-diffusion's `sample_lms`, whose coefficients come from
/// a quadrature to 1e-4; here they are exact. Along the straight line between the two levels,
/// `dx = x0 · dalpha + epsilon · dsigma`. An estimate of an earlier step belongs where the line
/// through its level and the origin meets that line, since both only differ in the unit of `x`.
/// With `alpha = 1` the polynomial is in Karras' `sigma`, for flows in the flow's time, and nothing
/// is divided by `alpha`. One evaluation a step; the first steps are of lower order.
public struct LMS: Sampler {
  /// The number of steps that a step uses, from 1 to 4.
  public let order: Int

  private var history: [(level: NoiseLevel, x0: Tensor, epsilon: Tensor)] = []

  /// The flow is deterministic.
  public var isStochastic: Bool { false }

  /// The sampler of an order from 1 to 4, without a memory yet.
  public init(order: Int = 4) {
    precondition((1...4).contains(order), "order \(order): expected 1 to 4")
    self.order = order
  }

  /// Integrates the polynomial through the latest directions from `t` to `s`.
  public mutating func step(
    _ x: Tensor, from t: NoiseLevel, to s: NoiseLevel, denoiser: some Denoiser,
    noise: NoiseSource
  ) throws -> Tensor {
    let x0 = try denoiser(x, at: t)
    guard s.sigma > 0 else { return s.alpha * x0 }
    history = [(t, x0, t.epsilon(in: x, of: x0))] + history.prefix(order - 1)
    let (dAlpha, dSigma) = (s.alpha - t.alpha, s.sigma - t.sigma)
    let nodes = history.map { entry in
      let (alpha, sigma) = (entry.level.alpha, entry.level.sigma)
      return (sigma * t.alpha - alpha * t.sigma) / (alpha * dSigma - sigma * dAlpha)
    }
    let weights = lagrangeWeights(at: nodes, moments: exponentialMoments(nodes.count, 0))
    return zip(weights, history).reduce(x) { x, term in
      let (weight, entry) = term
      return x + (weight * dAlpha) * entry.x0 + (weight * dSigma) * entry.epsilon
    }
  }
}
