public import Torch

internal import Foundation

/// What a network outputs for a noisy sample `x = alpha · x0 + sigma · epsilon`.
public enum PredictionType: String, Sendable, Hashable, Codable, CaseIterable {
  /// The unit noise (Ho et al. 2020, equation 14, https://arxiv.org/abs/2006.11239).
  case epsilon
  /// The clean sample.
  case x0
  /// `alpha · epsilon - sigma · x0` (Salimans & Ho 2022, section 4,
  /// https://arxiv.org/abs/2202.00512).
  case v
  /// `epsilon - x0`, the derivative of `x` along a flow by its time (Lipman et al. 2023,
  /// https://arxiv.org/abs/2210.02747; Liu et al. 2023, https://arxiv.org/abs/2209.03003, both of
  /// which let time run the other way).
  case velocity
}

extension PredictionType {
  /// What a perfect network outputs.
  ///
  /// - Parameters:
  ///   - x0: Clean samples, `[batch, …]`.
  ///   - epsilon: Unit noise in the same shape.
  ///   - level: The noise level of all samples.
  /// - Returns: The output, in the shape of `x0`.
  public func output(x0: Tensor, epsilon: Tensor, at level: NoiseLevel) -> Tensor {
    switch self {
    case .epsilon: epsilon
    case .x0: x0
    case .v: level.alpha * epsilon - level.sigma * x0
    case .velocity: epsilon - x0
    }
  }

  /// What a perfect network outputs when each sample has its own level: the target of training.
  ///
  /// - Parameters:
  ///   - x0: Clean samples, `[batch, …]`.
  ///   - epsilon: Unit noise in the same shape.
  ///   - levels: The samples' noise levels.
  /// - Returns: The output, in the shape of `x0`.
  public func output(x0: Tensor, epsilon: Tensor, at levels: LevelBatch) -> Tensor {
    switch self {
    case .epsilon: epsilon
    case .x0: x0
    case .v: levels.alpha * epsilon - levels.sigma * x0
    case .velocity: epsilon - x0
    }
  }

  /// The clean sample that an output says.
  ///
  /// - Parameters:
  ///   - output: What the network said, in the shape of `x`.
  ///   - x: The noisy samples, `[batch, …]`.
  ///   - level: Their noise level.
  /// - Returns: The clean samples, in the shape of `x`.
  /// - Throws: ``PredictionError`` if the output says nothing of the clean sample: the noise where
  ///   there is only noise.
  public func x0(from output: Tensor, x: Tensor, at level: NoiseLevel) throws -> Tensor {
    let (alpha, sigma) = (level.alpha, level.sigma)
    switch self {
    case .epsilon:
      guard alpha > 0 else { throw PredictionError.noSignal(level) }
      return (x - sigma * output) / alpha
    case .x0: return output
    case .v: return (alpha * x - sigma * output) / (alpha * alpha + sigma * sigma)
    case .velocity: return (x - sigma * output) / (alpha + sigma)
    }
  }

  /// By how much the clean sample changes when the output does, without the sign.
  ///
  /// An error of the output times this is the error of `x0`; infinite for ``epsilon`` where there
  /// is only noise.
  public func x0PerOutput(at level: NoiseLevel) -> Double {
    let (alpha, sigma) = (level.alpha, level.sigma)
    return switch self {
    case .epsilon: sigma / alpha
    case .x0: 1
    case .v: sigma / (alpha * alpha + sigma * sigma)
    case .velocity: sigma / (alpha + sigma)
    }
  }
}

/// Why an output could not be understood.
public enum PredictionError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The network predicts the noise at a level that holds no signal.
  case noSignal(NoiseLevel)
  /// The network's path has no such level: only noise where `alpha = 1`.
  case notOnPath(NoiseLevel, NoisePath)
  /// A sampler needs a variance that the denoiser does not estimate.
  case noVariance
  /// The network's output cannot be halved into what it predicts and a variance.
  case outputShape(found: [Int], x: [Int])

  /// What was expected and what was found.
  public var description: String {
    switch self {
    case .noSignal(let level):
      """
      predicting epsilon: expected a level with alpha > 0, found \(level), where the noise says \
      nothing of x0; use levels that end before it, or a network that predicts v or x0
      """
    case .notOnPath(let level, let path):
      "a network on the \(path) path: expected a level with alpha > 0, found \(level)"
    case .noVariance:
      """
      a learned variance: expected a denoiser that estimates one, found one that estimates x0 \
      only; say what the network learned, or choose another variance
      """
    case .outputShape(let found, let x):
      """
      a network with a learned variance: expected twice the channels of x \(x), found \(found)
      """
    }
  }
}
