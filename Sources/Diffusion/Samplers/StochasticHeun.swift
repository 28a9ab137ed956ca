public import Torch

/// EDM's stochastic sampler: each step adds a little noise first, then is Heun's.
///
/// Karras et al. 2022, algorithm 2, https://arxiv.org/abs/2206.00364; k-diffusion's `sample_heun`
/// with `s_churn`. The noise grows by a factor `1 + gamma` with
/// `gamma = min(churn / steps, √2 - 1)` at levels of Karras' sigma in a range. Second order, two
/// evaluations a step.
public struct StochasticHeun: Sampler {
  /// The paper's `S_churn`, shared out over the steps of a run.
  public let churn: Double

  /// The levels of Karras' sigma where noise is added: the paper's `S_tmin` to `S_tmax`.
  public let range: ClosedRange<Double>

  /// The paper's `S_noise`, a little above 1 for networks that remove too much noise.
  public let noiseScale: Double

  private var gamma: Double

  /// The error falls with the square of the step.
  public var order: Int { 2 }

  /// Whether ``churn`` is above 0.
  public var isStochastic: Bool { churn > 0 }

  /// The sampler with the paper's four parameters; a step outside of a run counts as a whole one.
  public init(
    churn: Double = 40, range: ClosedRange<Double> = 0...Double.infinity, noiseScale: Double = 1
  ) {
    precondition(churn >= 0, "churn \(churn) is negative")
    self.churn = churn
    self.range = range
    self.noiseScale = noiseScale
    gamma = min(churn, 2.0.squareRoot() - 1)
  }

  /// Shares ``churn`` out over the steps.
  public mutating func begin(over levels: [NoiseLevel]) {
    gamma = min(churn / Double(levels.count - 1), 2.0.squareRoot() - 1)
  }

  /// Adds noise, and follows the mean of the flow's directions at both ends of the step.
  public func step(
    _ x: Tensor, from t: NoiseLevel, to s: NoiseLevel, denoiser: some Denoiser,
    noise: NoiseSource
  ) throws -> Tensor {
    guard gamma > 0, range.contains(t.karrasSigma) else {
      return try Heun().step(x, from: t, to: s, denoiser: denoiser, noise: noise)
    }
    let raised = NoiseLevel(alpha: t.alpha, sigma: t.sigma * (1 + gamma))
    let added = (raised.sigma * raised.sigma - t.sigma * t.sigma).squareRoot()
    let noisier = x + (noiseScale * added) * noise.normal(like: x)
    return try Heun().step(noisier, from: raised, to: s, denoiser: denoiser, noise: noise)
  }
}
