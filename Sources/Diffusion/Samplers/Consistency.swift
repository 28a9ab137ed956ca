public import Torch

/// One or many steps of a consistency model.
///
/// Song et al. 2023, algorithm 1, https://arxiv.org/abs/2303.01469. The model goes to the level
/// ``lowest`` and not to a clean one, so noise is added up from there. A single step to a clean
/// level is the model's answer. diffusers' `CMStochasticIterativeScheduler` steps like this, but
/// for its last level: `lowest` there, where no noise is left to add, and clean here.
public struct Consistency: Sampler {
  /// The paper's `epsilon` in Karras' sigma, where the model's answers lie.
  public let lowest: Double

  /// What the fresh noise is multiplied by; 1 keeps the variance.
  public let noiseScale: Double

  /// More steps do not lower the error of an exact denoiser, which is ``lowest``.
  public var order: Int { 0 }

  /// Every step but the last draws noise.
  public var isStochastic: Bool { true }

  /// The end of the probability flow.
  public var target: DenoiserTarget { .flowEnd }

  /// The sampler of a model whose answers lie at a level of Karras' sigma.
  public init(lowest: Double = 0.002, noiseScale: Double = 1) {
    precondition(lowest >= 0, "there is no level \(lowest)")
    self.lowest = lowest
    self.noiseScale = noiseScale
  }

  /// Goes to ``lowest``, and adds noise.
  public func step(
    _ x: Tensor, from t: NoiseLevel, to s: NoiseLevel, denoiser: some Denoiser,
    noise: NoiseSource
  ) throws -> Tensor {
    let x0 = try denoiser(x, at: t)
    guard s.sigma > 0 else { return s.alpha * x0 }
    let held = s.alpha * lowest
    let added = max(s.sigma * s.sigma - held * held, 0).squareRoot()
    return s.alpha * x0 + (noiseScale * added) * noise.normal(like: x)
  }
}
