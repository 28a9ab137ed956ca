public import Torch

/// A sampler whose samples are released from what is known one part after the other.
///
/// Differential diffusion, Levin & Fried 2023, https://arxiv.org/abs/2306.00950, and
/// diffusers' community pipeline `pipeline_stable_diffusion_xl_differential_img2img.py`. Before
/// step `i` of `n`, counted from 0, an element is given its known value, as noisy as the samples
/// are, unless its share of the run is at least `1 - i / n`. Other than ``Blending`` nothing is put
/// back after the last step, which the network makes of all parts together.
public struct Releasing<Base: Sampler>: Sampler {
  private var base: Base
  private let known: Tensor
  private let noise: Tensor
  private let share: Tensor
  private var levels: [NoiseLevel] = []

  /// The order of the sampler that it wraps, towards its own limit.
  public var order: Int { base.order }

  /// Whether the wrapped sampler draws noise.
  public var isStochastic: Bool { base.isStochastic }

  /// What the wrapped sampler takes its denoiser's answers for.
  public var target: DenoiserTarget { base.target }

  /// The sampler of samples that are known.
  ///
  /// - Parameters:
  ///   - base: What makes the steps.
  ///   - known: Clean samples, `[batch, …]`.
  ///   - noise: The unit noise that they are noised by, in the same shape.
  ///   - share: The share of the run in which an element is drawn freely, in [0, 1], broadcast to
  ///     the samples' shape.
  public init(_ base: Base, known: Tensor, noise: Tensor, share: Tensor) {
    self.base = base
    self.known = known
    self.noise = noise
    self.share = share
  }

  /// Notes the steps of the run.
  public mutating func begin(over levels: [NoiseLevel]) {
    self.levels = levels
    base.begin(over: levels)
  }

  /// Gives what is not released its known value, and makes the wrapped sampler's step.
  public mutating func step(
    _ x: Tensor, from t: NoiseLevel, to s: NoiseLevel, denoiser: some Denoiser,
    noise source: NoiseSource
  ) throws -> Tensor {
    let index = levels.firstIndex(of: t) ?? 0
    let done = Double(index) / Double(max(levels.count - 1, 1))
    let kept = (1 - share).greater(than: .real(done)).converted(to: x.dtype)
    let start = kept * t.noised(known, by: noise) + (1 - kept) * x
    return try base.step(start, from: t, to: s, denoiser: denoiser, noise: source)
  }
}
