public import Torch

/// Classifier-free guidance: `uncond + scale · (cond - uncond)`.
///
/// Ho & Salimans 2022, equation 6, https://arxiv.org/abs/2207.12598, whose `w` is `scale - 1`. It
/// is done on the estimates of `x0`; because `x0` is affine in what a network outputs, that is the
/// same as on the outputs. A negative prompt is another unconditional denoiser.
public struct ClassifierFree<Conditional: Denoiser, Unconditional: Denoiser>: Denoiser {
  private let conditional: Conditional
  private let unconditional: Unconditional
  private let scale: Double

  /// The guided denoiser.
  ///
  /// - Parameters:
  ///   - conditional: The denoiser that knows the prompt.
  ///   - unconditional: The one that does not, or that knows a negative prompt.
  ///   - scale: The guidance scale; 1 is off and calls only `conditional`.
  public init(conditional: Conditional, unconditional: Unconditional, scale: Double) {
    self.conditional = conditional
    self.unconditional = unconditional
    self.scale = scale
  }

  /// Estimates `x0` with a call of each denoiser.
  public func callAsFunction(_ x: Tensor, at level: NoiseLevel) throws -> Tensor {
    try estimate(x, at: level).x0
  }

  /// As the call, with the variance that the conditional denoiser estimates.
  public func estimate(_ x: Tensor, at level: NoiseLevel) throws -> DenoiserEstimate {
    let cond = try conditional.estimate(x, at: level)
    guard scale != 1 else { return cond }
    let uncond = try unconditional(x, at: level)
    return DenoiserEstimate(
      x0: guided(cond: cond.x0, uncond: uncond, scale: scale), variance: cond.variance)
  }
}

/// Classifier-free guidance with both estimates from one call over twice the batch.
///
/// As ``ClassifierFree``; one call over a batch of two is often faster than two calls.
public struct BatchedClassifierFree<Conditional: Denoiser, Pair: Denoiser>: Denoiser {
  private let conditional: Conditional
  private let pair: Pair
  private let scale: Double

  /// The guided denoiser.
  ///
  /// - Parameters:
  ///   - conditional: The denoiser that knows the prompts, over `[batch, …]`; called at scale 1.
  ///   - pair: A denoiser over `[2 · batch, …]`: first every sample without its prompt, then every
  ///     sample with it.
  ///   - scale: The guidance scale; 1 is off and calls only `conditional`.
  public init(conditional: Conditional, pair: Pair, scale: Double) {
    self.conditional = conditional
    self.pair = pair
    self.scale = scale
  }

  /// Estimates `x0` with one call.
  public func callAsFunction(_ x: Tensor, at level: NoiseLevel) throws -> Tensor {
    try estimate(x, at: level).x0
  }

  /// As the call, with the variance that is estimated with the prompt.
  public func estimate(_ x: Tensor, at level: NoiseLevel) throws -> DenoiserEstimate {
    guard scale != 1 else { return try conditional.estimate(x, at: level) }
    let batch = x.shape[0]
    func prompted(_ both: Tensor) -> Tensor {
      both.narrowed(dim: 0, start: batch, length: batch)
    }
    let both = try pair.estimate(concatenate(x, x), at: level)
    return DenoiserEstimate(
      x0: guided(
        cond: prompted(both.x0), uncond: both.x0.narrowed(dim: 0, start: 0, length: batch),
        scale: scale),
      variance: both.variance?.mapped(prompted))
  }
}

private func guided(cond: Tensor, uncond: Tensor, scale: Double) -> Tensor {
  uncond + scale * (cond - uncond)
}
