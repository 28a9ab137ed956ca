public import Torch

/// Estimates the clean sample in a noisy one.
///
/// The best estimate is the mean of the clean samples that could have led to `x`. What a network
/// outputs, how its inputs are scaled and how it is guided are denoisers that wrap another: a
/// sampler sees none of that.
public protocol Denoiser {
  /// Estimates `x0`.
  ///
  /// - Parameters:
  ///   - x: Noisy samples, `[batch, …]`.
  ///   - level: Their noise level, whose `sigma` is positive.
  /// - Returns: The estimates, in the shape of `x`.
  /// - Throws: What a network or its inputs make impossible.
  func callAsFunction(_ x: Tensor, at level: NoiseLevel) throws -> Tensor

  /// Estimates `x0` and, if the denoiser can, how uncertain the next step is.
  ///
  /// A denoiser that says nothing of a variance needs not implement this.
  ///
  /// - Parameters:
  ///   - x: Noisy samples, `[batch, …]`.
  ///   - level: Their noise level, whose `sigma` is positive.
  /// - Returns: The estimates; that of `x0` is the one that the denoiser's call gives.
  /// - Throws: What a network or its inputs make impossible.
  func estimate(_ x: Tensor, at level: NoiseLevel) throws -> DenoiserEstimate
}

extension Denoiser {
  /// The estimate of `x0` alone.
  public func estimate(_ x: Tensor, at level: NoiseLevel) throws -> DenoiserEstimate {
    DenoiserEstimate(x0: try self(x, at: level))
  }
}

/// What a denoiser can say of a noisy sample.
public struct DenoiserEstimate: Sendable {
  /// The estimate of the clean samples, `[batch, …]`.
  public let x0: Tensor

  /// How uncertain the next step is, if the denoiser says so.
  public let variance: VarianceEstimate?

  /// An estimate with or without a variance.
  public init(x0: Tensor, variance: VarianceEstimate? = nil) {
    self.x0 = x0
    self.variance = variance
  }
}

/// How uncertain a denoiser is, element by element, in one of the units that networks learn.
public enum VarianceEstimate: Sendable {
  /// Where the logarithm of a step's variance lies, from -1 for the posterior's to 1 for the
  /// noising step's: Nichol & Dhariwal 2021, equation 15, https://arxiv.org/abs/2102.09672, whose
  /// `v` is `(range + 1) / 2`. It makes sense for steps of every length.
  case range(Tensor)
  /// The logarithm of the variance of a step of the chain that the network was trained on.
  case logarithm(Tensor)
  /// The variance of the clean samples that could have led to `x` (Bao et al. 2022,
  /// https://arxiv.org/abs/2201.06503): exact for normal data whatever the step.
  case ofX0(Tensor)

  /// The same estimate with something done to its tensor.
  func mapped(_ transform: (Tensor) -> Tensor) -> VarianceEstimate {
    switch self {
    case .range(let range): .range(transform(range))
    case .logarithm(let logarithm): .logarithm(transform(logarithm))
    case .ofX0(let variance): .ofX0(transform(variance))
    }
  }
}

/// A denoiser that is a formula, such as the exact one of a Gaussian.
public struct FunctionDenoiser: Denoiser {
  private let estimate: (Tensor, NoiseLevel) throws -> Tensor

  /// The denoiser that calls `estimate` with the noisy samples and their level.
  public init(_ estimate: @escaping (_ x: Tensor, _ level: NoiseLevel) throws -> Tensor) {
    self.estimate = estimate
  }

  /// Estimates `x0` by the function.
  public func callAsFunction(_ x: Tensor, at level: NoiseLevel) throws -> Tensor {
    try estimate(x, level)
  }
}
