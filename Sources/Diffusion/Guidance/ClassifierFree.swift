public import Torch

/// The rule of classifier-free guidance: `uncond + scale · (cond - uncond)`.
///
/// Ho & Salimans 2022, equation 6, https://arxiv.org/abs/2207.12598, whose `w` is `scale - 1`. It
/// is done on the estimates of `x0`; because `x0` is affine in what a network outputs, that is the
/// same as on the outputs.
public struct LinearGuidance: Guidance, Sendable, Hashable, Codable {
  /// The guidance scale; 1 is off.
  public let scale: Double

  /// The rule with a guidance scale.
  public init(scale: Double) {
    self.scale = scale
  }

  /// Whether ``scale`` is 1.
  public func isOff(at level: NoiseLevel) -> Bool { scale == 1 }

  /// Goes from `uncond` through `cond`.
  public func combine(cond: Tensor, uncond: Tensor, at level: NoiseLevel) -> Tensor {
    uncond + scale * (cond - uncond)
  }
}

/// Classifier-free guidance: ``Guided`` by ``LinearGuidance``.
///
/// A negative prompt is another unconditional denoiser.
public struct ClassifierFree<Conditional: Denoiser, Unconditional: Denoiser>: Denoiser {
  private let guided: Guided<Conditional, Unconditional>

  /// The guided denoiser.
  ///
  /// - Parameters:
  ///   - conditional: The denoiser that knows the prompt.
  ///   - unconditional: The one that does not, or that knows a negative prompt.
  ///   - scale: The guidance scale; 1 is off and calls only `conditional`.
  public init(conditional: Conditional, unconditional: Unconditional, scale: Double) {
    guided = Guided(
      conditional: conditional, unconditional: unconditional, by: LinearGuidance(scale: scale))
  }

  /// Estimates `x0` with a call of each denoiser.
  public func callAsFunction(_ x: Tensor, at level: NoiseLevel) throws -> Tensor {
    try guided(x, at: level)
  }

  /// As the call, with the variance that the conditional denoiser estimates.
  public func estimate(_ x: Tensor, at level: NoiseLevel) throws -> DenoiserEstimate {
    try guided.estimate(x, at: level)
  }
}

/// Classifier-free guidance with both estimates from one call over twice the batch.
///
/// As ``ClassifierFree``; one call over a batch of two is often faster than two calls.
public struct BatchedClassifierFree<Conditional: Denoiser, Pair: Denoiser>: Denoiser {
  private let guided: BatchedGuided<Conditional, Pair>

  /// The guided denoiser.
  ///
  /// - Parameters:
  ///   - conditional: The denoiser that knows the prompts, over `[batch, …]`; called at scale 1.
  ///   - pair: A denoiser over `[2 · batch, …]`: first every sample without its prompt, then every
  ///     sample with it.
  ///   - scale: The guidance scale; 1 is off and calls only `conditional`.
  public init(conditional: Conditional, pair: Pair, scale: Double) {
    guided = BatchedGuided(conditional: conditional, pair: pair, by: LinearGuidance(scale: scale))
  }

  /// Estimates `x0` with one call.
  public func callAsFunction(_ x: Tensor, at level: NoiseLevel) throws -> Tensor {
    try guided(x, at: level)
  }

  /// As the call, with the variance that is estimated with the prompt.
  public func estimate(_ x: Tensor, at level: NoiseLevel) throws -> DenoiserEstimate {
    try guided.estimate(x, at: level)
  }
}
