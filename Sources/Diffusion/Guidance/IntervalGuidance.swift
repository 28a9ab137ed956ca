public import Torch

/// Guidance at middle noise levels only.
///
/// Kynkäänniemi et al. 2024, https://arxiv.org/abs/2404.07724: at high levels guidance costs
/// variety, at low ones it does nothing but cost time. Outside the interval the unconditional
/// denoiser is not called.
public struct IntervalGuidance: Guidance {
  private let base: any Guidance
  private let sigmas: Range<Double>

  /// What `base` combines.
  public var space: PredictionType { base.space }

  /// The rule that is off outside an interval.
  ///
  /// - Parameters:
  ///   - base: The rule inside it.
  ///   - low: The end of the interval, in ``NoiseLevel/karrasSigma``; guidance is off there.
  ///   - high: Its beginning, not below `low`; guidance is on there.
  public init(_ base: any Guidance, above low: Double, upTo high: Double) {
    self.base = base
    sigmas = low..<high
  }

  /// Whether the level is outside the interval, or `base` is off.
  public func isOff(at level: NoiseLevel) -> Bool {
    let sigma = level.karrasSigma
    return sigma <= sigmas.lowerBound || sigma > sigmas.upperBound || base.isOff(at: level)
  }

  /// Combines by `base`.
  public func combine(cond: Tensor, uncond: Tensor, at level: NoiseLevel) -> Tensor {
    base.combine(cond: cond, uncond: uncond, at: level)
  }
}
