public import Torch

/// Distribution matching distillation: a generator of one step learns where its samples are less
/// likely than data.
///
/// Yin et al. 2024, section 3.2, https://arxiv.org/abs/2311.18828: the gradient of the divergence
/// between noisy generated samples and noisy data is a difference of two denoisers' estimates.
public struct DistributionMatching: Sendable, Hashable {
  /// The method.
  public init() {}

  /// A loss of each sample, `[batch]`, whose gradient by `x0` is
  /// ``direction(x0:epsilon:at:real:fake:)`` over the number of elements.
  ///
  /// - Parameters:
  ///   - x0: Generated samples, `[batch, …]`.
  ///   - epsilon: Unit noise in the same shape.
  ///   - level: A level with signal and noise.
  ///   - real: The denoiser of the data.
  ///   - fake: The denoiser of what the generator makes, which is trained beside it.
  /// - Returns: The losses, to be differentiated; only their gradient has a meaning.
  /// - Throws: What the denoisers throw.
  public func perSample(
    x0: Tensor, epsilon: Tensor, at level: NoiseLevel, real: some Denoiser, fake: some Denoiser
  ) throws -> Tensor {
    let direction = try direction(
      x0: x0, epsilon: epsilon, at: level, real: real, fake: fake)
    let error = x0 - (x0 - direction).detached()
    return (error * error).flattened(from: 1).mean(dims: [1]) / 2
  }

  /// The way from likelier in the data to likelier among the generated, without a gradient.
  ///
  /// Their equations 7 and 8: the estimate of `fake` minus that of `real`, over the mean distance
  /// between the sample and the estimate of `real`, so that all levels count alike.
  ///
  /// - Parameters:
  ///   - x0: Generated samples, `[batch, …]`.
  ///   - epsilon: Unit noise in the same shape.
  ///   - level: A level with signal and noise.
  ///   - real: The denoiser of the data.
  ///   - fake: The denoiser of what the generator makes.
  /// - Returns: The direction, in the shape of `x0`.
  /// - Throws: What the denoisers throw.
  public func direction(
    x0: Tensor, epsilon: Tensor, at level: NoiseLevel, real: some Denoiser, fake: some Denoiser
  ) throws -> Tensor {
    try withoutGradients {
      let x0 = x0.detached()
      let x = level.noised(x0, by: epsilon)
      let (likely, unlikely) = (try real(x, at: level), try fake(x, at: level))
      let distance = (x0 - likely).absolute().flattened(from: 1).mean(dims: [1])
      let scale = distance.reshaped([x0.shape[0]] + [Int](repeating: 1, count: x0.rank - 1))
      // Where the data are met exactly there is no way to go.
      return (unlikely - likely) / scale.clamped(min: 1e-12)
    }
  }
}
