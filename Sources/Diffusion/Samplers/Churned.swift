public import Torch

/// Each step adds a little noise first, then is that of a deterministic sampler.
///
/// Over ``Heun`` it is EDM's stochastic sampler (Karras et al. 2022, algorithm 2,
/// https://arxiv.org/abs/2206.00364), k-diffusion's `sample_heun` with `s_churn`; over ``Euler``
/// and ``DPM2`` it is `sample_euler` and `sample_dpm_2` with theirs, which diffusers has as
/// `EulerDiscreteScheduler.step(s_churn:)` and `EDMEulerScheduler`. The noise grows by a factor `1
/// + gamma` with `gamma = min(churn / steps, √2 - 1)` at levels of Karras' sigma in a range.
public struct Churned: Sampler {
  /// The paper's `S_churn`, shared out over the steps of a run.
  public let churn: Double

  /// The levels of Karras' sigma where noise is added: the paper's `S_tmin` to `S_tmax`.
  public let range: ClosedRange<Double>

  /// The paper's `S_noise`, a little above 1 for networks that remove too much noise.
  public let noiseScale: Double

  private var flow: any Sampler
  private var gamma: Double

  /// That of the deterministic sampler.
  public var order: Int { flow.order }

  /// Whether ``churn`` is above 0.
  public var isStochastic: Bool { churn > 0 }

  /// The sampler with the paper's four parameters; a step outside of a run counts as a whole one.
  ///
  /// - Parameters:
  ///   - flow: What steps down: a deterministic sampler without a memory.
  ///   - churn: The paper's `S_churn`, not negative.
  ///   - range: The levels of Karras' sigma where noise is added.
  ///   - noiseScale: What the fresh noise is multiplied by.
  public init(
    _ flow: some Sampler, churn: Double = 40, range: ClosedRange<Double> = 0...Double.infinity,
    noiseScale: Double = 1
  ) {
    precondition(churn >= 0, "churn \(churn) is negative")
    precondition(!flow.isStochastic, "\(flow) draws noise itself")
    self.flow = flow
    self.churn = churn
    self.range = range
    self.noiseScale = noiseScale
    gamma = min(churn, 2.0.squareRoot() - 1)
  }

  /// Shares ``churn`` out over the steps.
  public mutating func begin(over levels: [NoiseLevel]) {
    gamma = min(churn / Double(levels.count - 1), 2.0.squareRoot() - 1)
    flow.begin(over: levels)
  }

  /// Adds noise, and steps to `s`.
  public mutating func step(
    _ x: Tensor, from t: NoiseLevel, to s: NoiseLevel, denoiser: some Denoiser,
    noise: NoiseSource
  ) throws -> Tensor {
    guard gamma > 0, range.contains(t.karrasSigma) else {
      return try flow.step(x, from: t, to: s, denoiser: denoiser, noise: noise)
    }
    let raised = NoiseLevel(alpha: t.alpha, sigma: t.sigma * (1 + gamma))
    let added = (raised.sigma * raised.sigma - t.sigma * t.sigma).squareRoot()
    let noisier = x + (noiseScale * added) * noise.normal(like: x)
    return try flow.step(noisier, from: raised, to: s, denoiser: denoiser, noise: noise)
  }
}
