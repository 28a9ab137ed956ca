public import Torch

/// iPNDM-v: ``IPNDM`` with the weights of the actual steps in `sigma / alpha`.
///
/// The `ipndm_v` of diff-sampler and ComfyUI. The weights are the exact integrals of the polynomial
/// through the latest noises, so with `alpha = 1` this equals ``LMS``. The code of diff-sampler
/// misplaces a parenthesis in the weights of three and four values: its `temp` for equal steps is
/// right, but for others is `1/2 · (1 - h² / (3 h1 (h1 + h2)))` where the method needs
/// `1/2 · (1 - h / (3 (h + h1))) · h (h + h1) / (h1 (h1 + h2))`; stable-diffusion.cpp takes the
/// weights of equal steps for three values and four. A step from pure noise or to a clean level is
/// of first order; the first is not remembered, because there `sigma / alpha` is infinite.
public struct IPNDMVariable: Sampler {
  /// The number of steps that a step uses, from 1 to 4.
  public let order: Int

  private var history = History()

  /// The flow is deterministic.
  public var isStochastic: Bool { false }

  /// The sampler of an order from 1 to 4, without a memory yet.
  public init(order: Int = 4) {
    precondition((1...4).contains(order), "order \(order): expected 1 to 4")
    self.order = order
  }

  /// Extrapolates the noise over the actual steps, and follows it to `s`.
  public mutating func step(
    _ x: Tensor, from t: NoiseLevel, to s: NoiseLevel, denoiser: some Denoiser,
    noise: NoiseSource
  ) throws -> Tensor {
    let x0 = try denoiser(x, at: t)
    guard s.sigma > 0, t.alpha > 0 else { return t.moved(x, to: s, x0: x0) }
    history.add(t.epsilon(in: x, of: x0), at: t, keeping: order)
    let length = s.karrasSigma - t.karrasSigma
    let weights = lagrangeWeights(
      at: history.entries.map { ($0.level.karrasSigma - t.karrasSigma) / length },
      moments: exponentialMoments(history.count, 0))
    let epsilon = zip(weights, history.values).dropFirst().reduce(weights[0] * history.values[0]) {
      $0 + $1.0 * $1.1
    }
    return t.moved(x, to: s, epsilon: epsilon)
  }
}
