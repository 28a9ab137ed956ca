public import Torch

/// DDIM backwards: from a clean sample to the noise that DDIM would make it from.
///
/// Song et al. 2021, section 5.4, https://arxiv.org/abs/2010.02502: DDIM's step to a noisier level.
/// ``DDIM`` over the same levels brings the samples back with an error that falls in proportion to
/// the step, because the noise is estimated at the other end of it. From a clean level, where `x`
/// holds no noise to estimate, the noise is estimated as if `x` were at the first noisy level.
/// (diffusers' `DDIMInverseScheduler` tells the network the timestep of the noisier end in all
/// steps; that is of first order too.)
public struct DDIMInversion: Sendable {
  /// The inversion.
  public init() {}

  /// Moves samples from a level to a noisier one.
  ///
  /// - Parameters:
  ///   - x: Samples at `t`, `[batch, …]`.
  ///   - t: Their level, which may be clean, with `alpha > 0`.
  ///   - s: The level to reach, with a lower signal-to-noise ratio; `alpha` may be 0.
  ///   - denoiser: What estimates the clean samples.
  /// - Returns: The samples at `s`, in the shape of `x`.
  /// - Throws: What the denoiser throws.
  public func step(
    _ x: Tensor, from t: NoiseLevel, to s: NoiseLevel, denoiser: some Denoiser
  ) throws -> Tensor {
    guard t.sigma > 0 else {
      let x0 = x / t.alpha
      let xAtS = s.alpha * x0
      return s.noised(x0, by: s.epsilon(in: xAtS, of: try denoiser(xAtS, at: s)))
    }
    return t.moved(x, to: s, x0: try denoiser(x, at: t))
  }

  /// Takes samples through rising levels.
  ///
  /// No gradients are recorded. A failing operation, and a NaN or infinity after a step, end it.
  ///
  /// - Parameters:
  ///   - x: Samples at the first level, `[batch, …]`.
  ///   - levels: Two levels or more, each noisier than the one before it; those of a sampler,
  ///     reversed.
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
    var x = x
    for (index, (t, s)) in steps.enumerated() {
      x = try checked { try withoutGradients { try step(x, from: t, to: s, denoiser: denoiser) } }
      guard try checked({ x.isFinite().all().item() }) == 1 else {
        throw SamplingError.notFinite(step: index + 1, count: steps.count, from: t, to: s)
      }
      try onStep(x)
    }
    return x
  }
}
