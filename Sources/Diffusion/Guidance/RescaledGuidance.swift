public import Torch

/// Guidance whose result keeps the standard deviation of the conditional estimate, in part.
///
/// Lin et al. 2024, section 3.4, https://arxiv.org/abs/2305.08891, who mix with a factor of 0.7.
/// The deviation is over each sample. They, and diffusers, measure it on what the network outputs:
/// for that, give the network's prediction type as `space`; by default it is measured on `x0`,
/// whose contrast it is that overexposes.
public struct RescaledGuidance: Guidance {
  private let base: any Guidance
  private let factor: Double

  /// What the deviation is measured on.
  public let space: PredictionType

  /// The rescaled rule.
  ///
  /// - Parameters:
  ///   - base: The rule that is rescaled.
  ///   - factor: How much of the change of deviation is undone: from 0, which is `base`, to 1.
  ///   - space: What the deviation is measured on; by default what `base` combines.
  public init(_ base: any Guidance, factor: Double = 0.7, space: PredictionType? = nil) {
    precondition((0...1).contains(factor), "factor \(factor) is not between 0 and 1")
    self.base = base
    self.factor = factor
    self.space = space ?? base.space
  }

  /// Whether `base` is off.
  public func isOff(at level: NoiseLevel) -> Bool { base.isOff(at: level) }

  /// Combines by `base`, and multiplies by a number for each sample.
  public func combine(cond: Tensor, uncond: Tensor, at level: NoiseLevel) -> Tensor {
    let guided = base.combine(cond: cond, uncond: uncond, at: level)
    return rescaled(guided, towards: cond, factor: factor)
  }
}

/// Samples whose standard deviation is moved towards that of others by a factor from 0 to 1.
func rescaled(_ guided: Tensor, towards cond: Tensor, factor: Double) -> Tensor {
  func deviation(_ x: Tensor) -> Tensor {
    x.rows.variance(dims: [1], correction: 0).squareRoot().broadcast(over: x)
  }
  let ratio = deviation(cond).divided(by: deviation(guided), otherwise: 1)
  return (factor * ratio + (1 - factor)) * guided
}
