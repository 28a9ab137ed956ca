public import Torch

/// Tangential classifier-free guidance: the unconditional estimate without what disagrees.
///
/// TCFG, https://arxiv.org/abs/2503.18137. Of the two directions that `cond` and
/// `uncond` of a sample span, `uncond` keeps the first principal one (of the largest singular
/// value). They, and diffusers, take the directions of what the network outputs; these are of `x0`
/// unless `space` says otherwise.
public struct TangentialGuidance: Guidance, Sendable, Hashable, Codable {
  /// The guidance scale; 1 is off.
  public let scale: Double

  /// What the directions are taken of.
  public let space: PredictionType

  /// The rule with a guidance scale, on `x0` or on what a network outputs.
  public init(scale: Double, space: PredictionType = .x0) {
    self.scale = scale
    self.space = space
  }

  /// Whether ``scale`` is 1.
  public func isOff(at level: NoiseLevel) -> Bool { scale == 1 }

  /// Goes from the projected `uncond` through `cond`.
  public func combine(cond: Tensor, uncond: Tensor, at level: NoiseLevel) -> Tensor {
    let pair = [cond.rows, uncond.rows].stacked(dim: 1)
    // The eigenvectors of the 2 × 2 products give the right singular vectors of `pair`.
    let (_, vectors) = pair.batchMatmul(pair.transposed(1, 2)).eigh()
    let first = vectors.narrowed(dim: 2, start: 1, length: 1)
    let direction = first.transposed(1, 2).batchMatmul(pair).squeezed(1)
      .reshaped(Array(cond.shape))
    let share = dot(uncond, direction).divided(by: dot(direction, direction), otherwise: 0)
    let tangential = share * direction
    return tangential + scale * (cond - tangential)
  }
}
