public import Torch

/// A negative prompt that takes nothing of the prompt away.
///
/// Perp-Neg, Armandpour et al. 2023, https://arxiv.org/abs/2304.04968: of the negative prompt's
/// direction only the part perpendicular to the prompt's counts, sample by sample. Directions are
/// differences of estimates of `x0`; those of other outputs are multiples of them.
public struct PerpendicularNegative<
  Conditional: Denoiser, Negative: Denoiser, Unconditional: Denoiser
>: Denoiser {
  private let conditional: Conditional
  private let negative: Negative
  private let unconditional: Unconditional
  private let scale: Double
  private let weight: Double

  /// The guided denoiser.
  ///
  /// - Parameters:
  ///   - conditional: The denoiser that knows the prompt.
  ///   - negative: The one that knows the negative prompt.
  ///   - unconditional: The one that knows neither.
  ///   - scale: The guidance scale.
  ///   - weight: How much the negative prompt counts, at least 0; at 0 it is ``ClassifierFree``.
  public init(
    conditional: Conditional, negative: Negative, unconditional: Unconditional, scale: Double,
    weight: Double = 1
  ) {
    self.conditional = conditional
    self.negative = negative
    self.unconditional = unconditional
    self.scale = scale
    self.weight = weight
  }

  /// Estimates `x0` with a call of each denoiser.
  public func callAsFunction(_ x: Tensor, at level: NoiseLevel) throws -> Tensor {
    let uncond = try unconditional(x, at: level)
    let prompt = try conditional(x, at: level) - uncond
    let against = try negative(x, at: level) - uncond
    let along = dot(against, prompt).divided(by: dot(prompt, prompt), otherwise: 0)
    let guided = uncond + scale * (prompt - weight * (against - along * prompt))
    return guided.converted(to: uncond.dtype)
  }
}
