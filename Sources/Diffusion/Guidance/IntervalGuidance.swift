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

  /// The rule that is on for some steps of a run: those that lie within a part of it.
  ///
  /// - Parameters:
  ///   - base: The rule for those.
  ///   - levels: The levels of the run, noisiest first.
  ///   - start: The share of the steps before which guidance is off, 0 … 1.
  ///   - end: The share of the steps after which it is, 0 … 1.
  public init(_ base: any Guidance, along levels: [NoiseLevel], from start: Double, to end: Double)
  {
    let count = Double(levels.count - 1)
    // Shares such as 0.7 of 10 steps are not to fail by a rounding.
    let first = min(Int((start * count - 1e-9).rounded(.up)), levels.count - 1)
    let after = max(Int((end * count + 1e-9).rounded(.down)), 0)
    // A step's first level is within it, that of the step after the last is not.
    let high = levels[first].karrasSigma * (1 + 1e-9)
    let low = levels[after].karrasSigma * (1 + 1e-9)
    self.init(base, above: low, upTo: max(low, high))
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
