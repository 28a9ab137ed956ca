public import Torch

/// The DDIM sampler, deterministic at `eta = 0` and ancestral at `eta = 1`.
///
/// Song et al. 2021, equations 12 and 16, https://arxiv.org/abs/2010.02502, over any two levels.
/// First order: halving the step halves the error.
public struct DDIM: Sampler {
  /// The share of the posterior's standard deviation that is drawn anew, from 0 to 1.
  public let eta: Double

  /// The error falls in proportion to the step.
  public var order: Int { 1 }

  /// Whether ``eta`` is above 0.
  public var isStochastic: Bool { eta > 0 }

  /// The sampler with a share of fresh noise from 0 to 1.
  public init(eta: Double = 0) {
    precondition((0...1).contains(eta), "eta \(eta) is not between 0 and 1")
    self.eta = eta
  }

  /// Predicts `x0`, points back to `x`, and draws a share of the noise anew.
  public func step(
    _ x: Tensor, from t: NoiseLevel, to s: NoiseLevel, denoiser: some Denoiser,
    noise: NoiseSource
  ) throws -> Tensor {
    let x0 = try denoiser(x, at: t)
    guard s.sigma > 0 else { return s.alpha * x0 }
    let epsilon = t.epsilon(in: x, of: x0)
    guard eta > 0 else { return s.alpha * x0 + s.sigma * epsilon }
    let fresh = eta * s.sigma / t.sigma * t.varianceAdded(since: s).squareRoot()
    let kept = max(s.sigma * s.sigma - fresh * fresh, 0).squareRoot()
    return s.alpha * x0 + kept * epsilon + fresh * noise.normal(like: x)
  }
}
