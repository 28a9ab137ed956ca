public import Torch

/// How the estimate with a condition and the one without become a guided one.
///
/// ``Guided`` and ``BatchedGuided`` are the denoisers that follow such a rule. The two estimates
/// may as well be those of a network and of a worse one: that is autoguidance.
public protocol Guidance {
  /// What the estimates are turned into before they are combined, and back afterwards.
  ///
  /// It makes no difference for rules that are affine in both estimates. Lengths, angles and
  /// variances differ: a rule that measures them says what of.
  var space: PredictionType { get }

  /// Whether the guided estimate at `level` is the conditional one, so that no other is needed.
  func isOff(at level: NoiseLevel) -> Bool

  /// Combines two estimates.
  ///
  /// - Parameters:
  ///   - cond: What is estimated with the condition, in ``space``, `[batch, …]`.
  ///   - uncond: What is estimated without it, in the same shape.
  ///   - level: The noise level of all samples.
  /// - Returns: The guided estimate, in the same shape.
  func combine(cond: Tensor, uncond: Tensor, at level: NoiseLevel) -> Tensor
}

extension Guidance {
  /// Estimates of `x0` are combined as they are.
  public var space: PredictionType { .x0 }

  /// Combines two estimates of `x0` in ``space``.
  func guided(
    _ x: Tensor, cond: Tensor, uncond: Tensor, at level: NoiseLevel
  ) throws -> Tensor {
    func output(_ x0: Tensor) -> Tensor {
      space.output(x0: x0, epsilon: level.epsilon(in: x, of: x0), at: level)
    }
    guard space != .x0 else {
      return combine(cond: cond, uncond: uncond, at: level).converted(to: cond.dtype)
    }
    let combined = combine(cond: output(cond), uncond: output(uncond), at: level)
    return try space.x0(from: combined, x: x, at: level).converted(to: cond.dtype)
  }
}

/// A denoiser that is guided by a rule and a second denoiser.
public struct Guided<Conditional: Denoiser, Unconditional: Denoiser>: Denoiser {
  private let conditional: Conditional
  private let unconditional: Unconditional
  private let rule: any Guidance

  /// The guided denoiser.
  ///
  /// - Parameters:
  ///   - conditional: The denoiser that knows the prompt.
  ///   - unconditional: The one that does not, that knows a negative prompt, or that is worse.
  ///   - rule: How their estimates are combined.
  public init(conditional: Conditional, unconditional: Unconditional, by rule: any Guidance) {
    self.conditional = conditional
    self.unconditional = unconditional
    self.rule = rule
  }

  /// Estimates `x0` with a call of each denoiser, or of `conditional` only where guidance is off.
  public func callAsFunction(_ x: Tensor, at level: NoiseLevel) throws -> Tensor {
    try estimate(x, at: level).x0
  }

  /// As the call, with the variance that the conditional denoiser estimates.
  public func estimate(_ x: Tensor, at level: NoiseLevel) throws -> DenoiserEstimate {
    let cond = try conditional.estimate(x, at: level)
    guard !rule.isOff(at: level) else { return cond }
    let x0 = try rule.guided(x, cond: cond.x0, uncond: unconditional(x, at: level), at: level)
    return DenoiserEstimate(x0: x0, variance: cond.variance)
  }
}

/// As ``Guided``, with both estimates from one call over twice the batch.
public struct BatchedGuided<Conditional: Denoiser, Pair: Denoiser>: Denoiser {
  private let conditional: Conditional
  private let pair: Pair
  private let rule: any Guidance

  /// The guided denoiser.
  ///
  /// - Parameters:
  ///   - conditional: The denoiser that knows the prompts, over `[batch, …]`; called where guidance
  ///     is off.
  ///   - pair: A denoiser over `[2 · batch, …]`: first every sample without its prompt, then every
  ///     sample with it.
  ///   - rule: How their estimates are combined.
  public init(conditional: Conditional, pair: Pair, by rule: any Guidance) {
    self.conditional = conditional
    self.pair = pair
    self.rule = rule
  }

  /// Estimates `x0` with one call.
  public func callAsFunction(_ x: Tensor, at level: NoiseLevel) throws -> Tensor {
    try estimate(x, at: level).x0
  }

  /// As the call, with the variance that is estimated with the prompt.
  public func estimate(_ x: Tensor, at level: NoiseLevel) throws -> DenoiserEstimate {
    guard !rule.isOff(at: level) else { return try conditional.estimate(x, at: level) }
    let batch = x.shape[0]
    func half(_ both: Tensor, _ index: Int) -> Tensor {
      both.narrowed(dim: 0, start: index * batch, length: batch)
    }
    let both = try pair.estimate(concatenate(x, x), at: level)
    let x0 = try rule.guided(x, cond: half(both.x0, 1), uncond: half(both.x0, 0), at: level)
    return DenoiserEstimate(x0: x0, variance: both.variance?.mapped { half($0, 1) })
  }
}

/// Why guidance is impossible.
public enum GuidanceError: Error, Sendable, Hashable, CustomStringConvertible {
  /// A gradient by `x` is asked for at a level where `x` says nothing of `x0`.
  case noSignal(NoiseLevel)

  /// What was expected and what was found.
  public var description: String {
    switch self {
    case .noSignal(let level):
      """
      guidance by a gradient: expected a level with alpha > 0, found \(level); \
      use levels that begin after it
      """
    }
  }
}
