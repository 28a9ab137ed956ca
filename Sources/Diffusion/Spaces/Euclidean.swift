public import Torch

/// Flat space, such as the positions of atoms.
public struct Euclidean: Space, Hashable {
  /// The dimension.
  public let pointWidth: Int

  /// The dimension.
  public var tangentWidth: Int { pointWidth }

  /// The space of a dimension, 3 if not given.
  public init(dimension: Int = 3) { pointWidth = dimension }

  /// `x + v`.
  public func moved(_ x: Tensor, along v: Tensor) -> Tensor { x + v }

  /// `y - x`.
  public func direction(from x: Tensor, to y: Tensor) -> Tensor { y - x }

  /// `x0 + sigma · epsilon`.
  public func noised(_ x0: Tensor, sigma: Double, using generator: Generator) -> Tensor {
    x0 + sigma * unitNoise(like: x0, using: generator)
  }

  /// `(x0 - x) / sigma²`.
  public func score(at x: Tensor, of x0: Tensor, sigma: Double) -> Tensor {
    (x0 - x) / (sigma * sigma)
  }
}
