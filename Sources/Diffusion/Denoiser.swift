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
