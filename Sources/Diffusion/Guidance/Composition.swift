public import Torch

/// Several conditions at once, each with its weight: `uncond + Σ weight · (cond - uncond)`.
///
/// Liu et al. 2022, https://arxiv.org/abs/2206.01714: conjunction with positive weights, negation
/// with negative ones. The guided density is the product
/// `p(x) · Π (p(x | condition) / p(x))^weight` at every noise level. Denoisers whose weight is 0
/// are not called; nor is the unconditional one if the weights sum to 1.
public struct Composition: Denoiser {
  /// A denoiser that knows a condition, and how much that counts.
  public struct Condition {
    /// The denoiser that knows the condition.
    public let denoiser: any Denoiser

    /// How much it counts; negative to keep away from it.
    public let weight: Double

    /// A condition with its weight.
    public init(_ denoiser: any Denoiser, weight: Double) {
      self.denoiser = denoiser
      self.weight = weight
    }
  }

  private let unconditional: any Denoiser
  private let conditions: [Condition]

  /// The denoiser of several conditions.
  public init(unconditional: any Denoiser, conditions: [Condition]) {
    self.unconditional = unconditional
    self.conditions = conditions.filter { $0.weight != 0 }
  }

  /// Estimates `x0` with a call of each denoiser that counts.
  public func callAsFunction(_ x: Tensor, at level: NoiseLevel) throws -> Tensor {
    let rest = 1 - conditions.reduce(0) { $0 + $1.weight }
    var terms = try conditions.map { $0.weight * (try $0.denoiser(x, at: level)) }
    if rest != 0 || terms.isEmpty { terms.append(rest * (try unconditional(x, at: level))) }
    return terms.dropFirst().reduce(terms[0]) { $0 + $1 }
  }
}
