public import Torch

/// A sampler that goes back and forth, so that the measured part and the rest come to fit.
///
/// Lugmayr et al. 2022, algorithm 1, https://arxiv.org/abs/2201.09865: ``Replacement``, and after
/// every `jump` steps the samples are noised again to where those began, and the steps made again,
/// until they were made `resamplings` times. As in the paper, steps that end without noise are made
/// once. Its jumps are counted from the clean end of the run, these from the noisy one. It costs
/// `resamplings` times the evaluations.
public struct RePaint<Base: Sampler>: Sampler {
  private var replacement: Replacement<Base>
  private let jump: Int
  private let resamplings: Int
  private var levels: [NoiseLevel] = []

  /// The order of the sampler that it wraps, towards its own limit.
  public var order: Int { replacement.order }

  /// Every step but one to a clean level draws noise.
  public var isStochastic: Bool { true }

  /// The sampler of samples with these measurements.
  ///
  /// - Parameters:
  ///   - base: The sampler that makes the steps; one without a memory, such as ``DDPM``.
  ///   - measurement: What was measured; its noise is not looked at.
  ///   - jump: How many steps are made again at once, at least 1.
  ///   - resamplings: How often they are made, at least 1, which is ``Replacement``.
  public init(
    _ base: Base, measurement: LinearMeasurement, jump: Int = 10, resamplings: Int = 10
  ) {
    precondition(jump > 0 && resamplings > 0, "jump \(jump), resamplings \(resamplings)")
    replacement = Replacement(base, measurement: measurement)
    self.jump = jump
    self.resamplings = resamplings
  }

  /// Makes a step, and after the last of a jump all its steps again.
  public mutating func step(
    _ x: Tensor, from t: NoiseLevel, to s: NoiseLevel, denoiser: some Denoiser,
    noise: NoiseSource
  ) throws -> Tensor {
    var x = try replacement.step(x, from: t, to: s, denoiser: denoiser, noise: noise)
    levels.append(t)
    guard levels.count == jump else { return x }
    defer { levels = [] }
    guard s.sigma > 0 else { return x }
    for _ in 1..<resamplings {
      x = s.renoised(x, to: levels[0], noise: noise)
      for (a, b) in zip(levels, levels.dropFirst() + [s]) {
        x = try replacement.step(x, from: a, to: b, denoiser: denoiser, noise: noise)
      }
    }
    return x
  }
}

extension NoiseLevel {
  /// Noisy samples at this level, made as noisy as at `t` by fresh noise.
  func renoised(_ x: Tensor, to t: NoiseLevel, noise: NoiseSource) -> Tensor {
    (t.alpha / alpha) * x + t.varianceAdded(since: self).squareRoot() * noise.normal(like: x)
  }
}
