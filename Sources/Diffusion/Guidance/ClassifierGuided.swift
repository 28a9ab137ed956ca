public import Torch

/// Guidance by the gradient of a classifier, or of any log-probability of noisy samples.
///
/// Dhariwal & Nichol 2021, algorithm 2, https://arxiv.org/abs/2105.05233: the score is that of the
/// denoiser plus `scale` times the gradient, so `x0` moves by `scale · sigma² / alpha` times it. At
/// scale 1 this is Bayes' rule: with the exact `log p(y | x)` the estimate is the exact one given
/// `y`.
public struct ClassifierGuided<Base: Denoiser>: Denoiser {
  /// The log-probability of what is wished for, in nats, of each noisy sample: `[batch, …]` to
  /// `[batch]`.
  public typealias LogProbability = (_ x: Tensor, _ level: NoiseLevel) throws -> Tensor

  private let base: Base
  private let scale: Double
  private let logProbability: LogProbability

  /// The guided denoiser.
  ///
  /// - Parameters:
  ///   - base: The denoiser of all data.
  ///   - scale: How often the log-probability counts; 0 is off.
  ///   - logProbability: The log-probability, from operations that record gradients.
  public init(
    _ base: Base, scale: Double = 1, logProbability: @escaping LogProbability
  ) {
    self.base = base
    self.scale = scale
    self.logProbability = logProbability
  }

  /// Estimates `x0` with a call of the denoiser and a gradient; throws ``GuidanceError`` where
  /// there is only noise.
  public func callAsFunction(_ x: Tensor, at level: NoiseLevel) throws -> Tensor {
    let x0 = try base(x, at: level)
    guard scale != 0 else { return x0 }
    guard level.alpha > 0 else { throw GuidanceError.noSignal(level) }
    let gradient = try withGradients {
      let x = x.withGradient()
      return try logProbability(x, level).sum().gradients(by: [x])[0]
    }
    return x0 + (scale * level.sigma * level.sigma / level.alpha) * gradient
  }
}
