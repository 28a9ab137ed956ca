public import Torch

/// Heun's method for the probability flow: the mean of the directions at both ends of a step.
///
/// Along the straight line between the two levels, `dx = x0 · dalpha + epsilon · dsigma`. With
/// `alpha = 1` this is Karras et al. 2022, algorithm 1, https://arxiv.org/abs/2206.00364
/// (k-diffusion's `sample_heun`); for flows it is Heun's method in the flow's time. Nothing is
/// divided by `alpha`, so a start from pure noise needs no exception; on the
/// variance-preserving path the steps therefore differ from k-diffusion's, which are in
/// `x / alpha`: give it ``NoisePath/varianceExploding`` levels for those. Second order with two
/// evaluations a step, one in a step to a clean level.
public struct Heun: Sampler {
  /// The error falls with the square of the step.
  public var order: Int { 2 }

  /// The flow is deterministic.
  public var isStochastic: Bool { false }

  /// The sampler.
  public init() {}

  /// Follows the mean of the flow's directions at `t` and at `s`.
  public func step(
    _ x: Tensor, from t: NoiseLevel, to s: NoiseLevel, denoiser: some Denoiser,
    noise: NoiseSource
  ) throws -> Tensor {
    let x0 = try denoiser(x, at: t)
    guard s.sigma > 0 else { return s.alpha * x0 }
    let epsilon = t.epsilon(in: x, of: x0)
    let predicted = s.noised(x0, by: epsilon)
    let x0AtS = try denoiser(predicted, at: s)
    let epsilonAtS = s.epsilon(in: predicted, of: x0AtS)
    let (dAlpha, dSigma) = (s.alpha - t.alpha, s.sigma - t.sigma)
    return x + (dAlpha / 2) * (x0 + x0AtS) + (dSigma / 2) * (epsilon + epsilonAtS)
  }
}
