public import Torch

/// Estimates held to the range of clean samples, which strong guidance leaves.
///
/// Saharia et al. 2022 (Imagen), https://arxiv.org/abs/2205.11487.
public struct Thresholded<Base: Denoiser>: Denoiser {
  private let base: Base
  private let threshold: Threshold

  /// The denoiser whose estimates of data in [-1, 1] are held.
  public init(_ base: Base, _ threshold: Threshold = .dynamic()) {
    self.base = base
    self.threshold = threshold
  }

  /// Estimates `x0` by the base, then holds it.
  public func callAsFunction(_ x: Tensor, at level: NoiseLevel) throws -> Tensor {
    threshold.holding(try base(x, at: level))
  }
}

/// How estimates of data in [-1, 1] are held.
public enum Threshold: Sendable, Hashable, Codable {
  /// Every element to [-bound, bound].
  case clipped(to: Double = 1)
  /// To the sample's own bound, a quantile of its absolute values but at least 1 and at most
  /// `limit`, by which the sample is then divided.
  case dynamic(quantile: Double = 0.995, limit: Double = .infinity)

  /// The samples `x0`, `[batch, …]`, held.
  public func holding(_ x0: Tensor) -> Tensor {
    switch self {
    case .clipped(let bound): return x0.clamped(min: .real(-bound), max: .real(bound))
    case .dynamic(let quantile, let limit):
      let bound = Self.quantile(quantile, of: x0.rows.absolute())
        .clamped(min: 1, max: .real(limit)).broadcast(over: x0)
      return (x0.maximum(-bound).minimum(bound) / bound).converted(to: x0.dtype)
    }
  }

  /// The quantile of each row, linear between neighbours: `torch.quantile`.
  private static func quantile(_ share: Double, of rows: Tensor) -> Tensor {
    let (sorted, _) = rows.sorted(dim: 1)
    let position = share * Double(rows.shape[1] - 1)
    let below = Int(position.rounded(.down))
    let above = min(below + 1, rows.shape[1] - 1)
    let (low, high) = (sorted.selected(dim: 1, index: below), sorted.selected(dim: 1, index: above))
    return low + (position - Double(below)) * (high - low)
  }
}
