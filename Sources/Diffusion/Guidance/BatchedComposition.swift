public import Torch

/// ``Composition`` with all estimates from one call, guided by a rule.
///
/// Liu et al. 2022, https://arxiv.org/abs/2206.01714. The conditional estimate is
/// `uncond + Σ weight · (cond - uncond)`, and the rule combines it with `uncond`; by
/// ``LinearGuidance`` that is ``Composition`` with weights times the scale.
public struct BatchedComposition<All: Denoiser>: Denoiser {
  private let all: All
  private let weights: [Tensor]
  private let rule: any Guidance

  /// The denoiser of several conditions.
  ///
  /// - Parameters:
  ///   - all: A denoiser over `[(1 + conditions) · batch, …]`: first every sample without a
  ///     condition, then every sample with each of them.
  ///   - weights: How much each condition counts for each sample, `[batch]`.
  ///   - rule: How the estimate with the conditions and the one without are combined.
  public init(_ all: All, weights: [Tensor], by rule: any Guidance) {
    precondition(!weights.isEmpty, "at least one condition")
    self.all = all
    self.weights = weights
    self.rule = rule
  }

  /// Estimates `x0` with one call.
  public func callAsFunction(_ x: Tensor, at level: NoiseLevel) throws -> Tensor {
    let copies = [x] + weights.map { _ in x }
    let estimates = try all(copies.concatenated(), at: level).chunked(copies.count, dim: 0)
    let uncond = estimates[0]
    let cond = zip(weights, estimates.dropFirst()).reduce(uncond) { sum, term in
      sum + term.0.broadcast(over: x) * (term.1 - uncond)
    }.converted(to: uncond.dtype)
    guard !rule.isOff(at: level) else { return cond }
    return try rule.guided(x, cond: cond, uncond: uncond, at: level)
  }
}
