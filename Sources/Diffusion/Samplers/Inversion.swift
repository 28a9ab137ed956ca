public import Torch

/// A deterministic sampler backwards: from clean samples to the noise that it would make them from.
///
/// Every solver of the probability flow can step to a noisier level. Over ``DDIM`` it is the
/// inversion of Song et al. 2021, section 5.4, https://arxiv.org/abs/2010.02502, over
/// ``DPMSolverMultistep`` diffusers' `DPMSolverMultistepInverseScheduler`. The same sampler over
/// the same levels brings the samples back with an error that falls as its order says; ``Heun`` and
/// others with several evaluations a step serve as well.
///
/// From a clean level, where `x` holds no noise to estimate, the noise is estimated as if `x` were
/// at the first noisy level. That step, and one to pure noise, are DDIM's. (diffusers'
/// `DDIMInverseScheduler` tells the network the timestep of the noisier end in all steps; that is
/// of first order too.)
public struct Inversion: Sendable {
  private let sampler: any Sampler

  /// The inversion of a sampler that draws no noise.
  public init(_ sampler: some Sampler = DDIM()) {
    precondition(!sampler.isStochastic, "\(sampler) draws noise")
    self.sampler = sampler
  }

  /// Takes samples through rising levels.
  ///
  /// No gradients are recorded. A failing operation, and a NaN or infinity after a step, end it.
  ///
  /// - Parameters:
  ///   - x: Samples at the first level, `[batch, …]`.
  ///   - levels: Two levels or more, each noisier than the one before it; those of a sampler,
  ///     reversed. The first may be clean, the last pure noise.
  ///   - denoiser: What estimates the clean samples.
  ///   - onStep: Called with the samples after every step; what it throws ends the run.
  /// - Returns: The samples at the last level.
  /// - Throws: ``SamplingError``, `TorchError`, or what the denoiser or `onStep` throws.
  public func callAsFunction(
    _ x: Tensor, over levels: [NoiseLevel], denoiser: some Denoiser,
    onStep: (Tensor) throws -> Void = { _ in }
  ) throws -> Tensor {
    guard levels.count > 1 else { throw SamplingError.tooFewLevels(levels.count) }
    let steps = Array(zip(levels, levels.dropFirst()))
    for (index, (t, s)) in steps.enumerated() where !(s.logSNR < t.logSNR) {
      throw SamplingError.fallingNoise(index: index + 1, from: t, to: s)
    }
    var solver = sampler
    solver.begin(over: levels)
    var x = x
    for (index, (t, s)) in steps.enumerated() {
      x = try checked {
        try withoutGradients { try step(x, from: t, to: s, denoiser: denoiser, by: &solver) }
      }
      guard try checked({ x.isFinite().all().item() }) == 1 else {
        throw SamplingError.notFinite(step: index + 1, count: steps.count, from: t, to: s)
      }
      try onStep(x)
    }
    return x
  }

  private func step(
    _ x: Tensor, from t: NoiseLevel, to s: NoiseLevel, denoiser: some Denoiser,
    by solver: inout any Sampler
  ) throws -> Tensor {
    guard t.sigma > 0 else {
      let x0 = x / t.alpha
      let xAtS = s.alpha * x0
      return s.noised(x0, by: s.epsilon(in: xAtS, of: try denoiser(xAtS, at: s)))
    }
    guard s.alpha > 0 else { return t.moved(x, to: s, x0: try denoiser(x, at: t)) }
    return try solver.step(x, from: t, to: s, denoiser: denoiser, noise: NoiseSource([]))
  }
}
