public import Torch

/// A way to move noisy samples from one noise level to a lower one.
///
/// A sampler is a value: it is copied for each run, gets both ends of every step and keeps its
/// history, if it has one, to itself. It knows of levels and of a denoiser, and of nothing else.
public protocol Sampler: Sendable {
  /// The order of convergence: a step half as long leaves an error `2^order` times smaller.
  ///
  /// The error is that of the samples for deterministic samplers, and of their distribution's
  /// moments for those that add noise. It is 0 where more steps leave an error, however small:
  /// where each step adds a share of noise that does not depend on the step's length, or where the
  /// denoiser answers for the whole way at once.
  var order: Int { get }

  /// Whether the sampler draws noise.
  var isStochastic: Bool { get }

  /// What the sampler takes its denoiser's answers for; the mean unless it says otherwise.
  var target: DenoiserTarget { get }

  /// Looks at the levels of a whole run before its first step.
  ///
  /// Only samplers whose step depends on how many there are implement it.
  mutating func begin(over levels: [NoiseLevel])

  /// Moves samples from level `t` to level `s`.
  ///
  /// A step to a level without noise is exact: its result is `s.alpha` times the estimate at `t`.
  ///
  /// - Parameters:
  ///   - x: Noisy samples at `t`, `[batch, …]`.
  ///   - t: Their level, with `sigma > 0`; `alpha` may be 0.
  ///   - s: The level to reach, with a higher signal-to-noise ratio.
  ///   - denoiser: What estimates the clean samples.
  ///   - noise: The samples' random numbers; a deterministic sampler leaves them alone.
  /// - Returns: The samples at `s`, in the shape of `x`.
  /// - Throws: What the denoiser throws.
  mutating func step(
    _ x: Tensor, from t: NoiseLevel, to s: NoiseLevel, denoiser: some Denoiser,
    noise: NoiseSource
  ) throws -> Tensor
}

extension Sampler {
  /// The mean of the clean samples.
  public var target: DenoiserTarget { .mean }

  /// Does nothing.
  public mutating func begin(over levels: [NoiseLevel]) {}
}

/// What a denoiser's answer is.
public enum DenoiserTarget: Sendable, Hashable, CaseIterable {
  /// The mean of the clean samples that could have led to `x`: what denoising networks learn.
  case mean
  /// The clean sample at the end of the probability flow through `x`: what consistency models
  /// learn (Song et al. 2023, https://arxiv.org/abs/2303.01469).
  case flowEnd
}

extension NoiseLevel {
  /// The variance of the noise that leads from level `s` to this one, less clean, level:
  /// `sigma_t² - (alpha_t / alpha_s)² · sigma_s²`.
  ///
  /// Kingma et al. 2021, appendix A, https://arxiv.org/abs/2107.00630. It is `beta` for
  /// neighbours in DDPM's chain.
  func varianceAdded(since s: NoiseLevel) -> Double {
    let ratio = alpha / s.alpha
    return max(sigma * sigma - ratio * ratio * s.sigma * s.sigma, 0)
  }
}
