public import Torch

/// Guidance that is weaker where the two estimates are far apart.
///
/// MAMBO-G, https://arxiv.org/abs/2508.03442, in the form that diffusers has: the scale is
/// `1 + (scale - 1) · exp(-decay · |cond - uncond| / |uncond|)`. Lengths are those of `x0` unless
/// `space` says otherwise; diffusers takes the network's outputs.
public struct MagnitudeAwareGuidance: Guidance, Sendable, Hashable, Codable {
  /// The guidance scale where the estimates agree; 1 is off.
  public let scale: Double

  /// How fast the scale falls with the relative distance of the estimates; 0 is ordinary guidance.
  public let decay: Double

  /// What the lengths are taken of.
  public let space: PredictionType

  /// The rule.
  ///
  /// - Parameters:
  ///   - scale: The guidance scale where the estimates agree; 1 is off.
  ///   - decay: How fast it falls with their relative distance, at least 0.
  ///   - space: What the lengths are taken of.
  public init(scale: Double, decay: Double = 8, space: PredictionType = .x0) {
    self.scale = scale
    self.decay = decay
    self.space = space
  }

  /// Whether ``scale`` is 1.
  public func isOff(at level: NoiseLevel) -> Bool { scale == 1 }

  /// Goes from `uncond` through `cond`, as far as their distance allows.
  public func combine(cond: Tensor, uncond: Tensor, at level: NoiseLevel) -> Tensor {
    let difference = cond - uncond
    let distance = norm(difference).divided(by: norm(uncond), otherwise: .real(.infinity))
    let own = 1 + (scale - 1) * (-decay * distance).exponential()
    return uncond + own * difference
  }
}
