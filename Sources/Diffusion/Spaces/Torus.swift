public import Torch

/// Independent angles, such as the torsions of a molecule, in radians.
///
/// Jing et al. 2022, https://arxiv.org/abs/2206.01729. Points are between -π and π.
public struct Torus: Space, Hashable {
  /// The number of angles.
  public let pointWidth: Int

  /// The number of angles.
  public var tangentWidth: Int { pointWidth }

  /// The space of so many angles.
  public init(angles: Int) { pointWidth = angles }

  /// `x + v`, wrapped.
  public func moved(_ x: Tensor, along v: Tensor) -> Tensor { wrapped(x + v) }

  /// `y - x`, wrapped.
  public func direction(from x: Tensor, to y: Tensor) -> Tensor { wrapped(y - x) }

  /// `x0 + sigma · epsilon`, wrapped.
  public func noised(_ x0: Tensor, sigma: Double, using generator: Generator) -> Tensor {
    wrapped(x0 + sigma * unitNoise(like: x0, using: generator))
  }

  /// That of the ``WrappedNormal``, angle by angle.
  public func score(at x: Tensor, of x0: Tensor, sigma: Double) -> Tensor {
    WrappedNormal(sigma: sigma).score(x - x0)
  }
}
