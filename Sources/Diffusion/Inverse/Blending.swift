public import Torch

/// A sampler whose samples are given their known part, as noisy as they are, after every step.
///
/// Avrahami et al. 2023, https://arxiv.org/abs/2206.02779, and diffusers'
/// `StableDiffusionInpaintPipeline` for models that are not told the mask. Other than
/// ``Replacement`` it takes the same noise in every step, so it draws none of its own; the mask may
/// be soft. At the end of the run the known part is free of noise.
public struct Blending<Base: Sampler>: Sampler {
  private var base: Base
  private let known: Tensor
  private let noise: Tensor
  private let mask: Tensor
  private var last: NoiseLevel?

  /// The order of the sampler that it wraps, towards its own limit.
  public var order: Int { base.order }

  /// Whether the wrapped sampler draws noise.
  public var isStochastic: Bool { base.isStochastic }

  /// What the wrapped sampler takes its denoiser's answers for.
  public var target: DenoiserTarget { base.target }

  /// The sampler of samples of which a part is known.
  ///
  /// - Parameters:
  ///   - base: What makes the steps.
  ///   - known: Clean samples, `[batch, …]`, of which the part outside the mask is kept.
  ///   - noise: The unit noise that the known part is noised by, in the same shape.
  ///   - mask: 1 for what is made anew and 0 for what is kept, broadcast to the samples' shape.
  public init(_ base: Base, known: Tensor, noise: Tensor, mask: Tensor) {
    self.base = base
    self.known = known
    self.noise = noise
    self.mask = mask
  }

  /// Notes where the run ends.
  public mutating func begin(over levels: [NoiseLevel]) {
    last = levels.last
    base.begin(over: levels)
  }

  /// Makes the wrapped sampler's step and blends the known part in.
  public mutating func step(
    _ x: Tensor, from t: NoiseLevel, to s: NoiseLevel, denoiser: some Denoiser,
    noise source: NoiseSource
  ) throws -> Tensor {
    let moved = try base.step(x, from: t, to: s, denoiser: denoiser, noise: source)
    let kept = s == last ? known : s.noised(known, by: noise)
    return (1 - mask) * kept + mask * moved
  }
}
