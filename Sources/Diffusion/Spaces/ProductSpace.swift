public import Torch

/// Several spaces at once, such as a rigid pose: positions, a rotation, torsion angles.
///
/// A point is the parts' points one after the other, and so is a tangent vector. Every part has its
/// own share of the noise, as in DiffDock (Corso et al. 2023, https://arxiv.org/abs/2210.01776).
public struct ProductSpace: Space {
  private let parts: [(space: any Space, scale: Double)]

  /// The sum of the parts' widths.
  public var pointWidth: Int { parts.reduce(0) { $0 + $1.space.pointWidth } }

  /// The sum of the parts' dimensions.
  public var tangentWidth: Int { parts.reduce(0) { $0 + $1.space.tangentWidth } }

  /// The product of spaces.
  ///
  /// - Parameter parts: The spaces, each with what `sigma` is multiplied by in it, above 0.
  public init(_ parts: [(space: any Space, scale: Double)]) {
    precondition(parts.allSatisfy { $0.scale > 0 }, "a space's share of the noise is above 0")
    self.parts = parts
  }

  /// Part by part.
  public func moved(_ x: Tensor, along v: Tensor) -> Tensor {
    zip(parts, zip(points(x), tangents(v))).map { $0.space.moved($1.0, along: $1.1) }
      .concatenated(dim: -1)
  }

  /// Part by part.
  public func direction(from x: Tensor, to y: Tensor) -> Tensor {
    zip(parts, zip(points(x), points(y))).map { $0.space.direction(from: $1.0, to: $1.1) }
      .concatenated(dim: -1)
  }

  /// Part by part, each at its own scale.
  public func noised(_ x0: Tensor, sigma: Double, using generator: Generator) -> Tensor {
    zip(parts, points(x0)).map {
      $0.space.noised($1, sigma: $0.scale * sigma, using: generator)
    }.concatenated(dim: -1)
  }

  /// Part by part, each at its own scale.
  public func score(at x: Tensor, of x0: Tensor, sigma: Double) -> Tensor {
    zip(parts, zip(points(x), points(x0))).map {
      $0.space.score(at: $1.0, of: $1.1, sigma: $0.scale * sigma)
    }.concatenated(dim: -1)
  }

  /// A step of each part between its own scales.
  public func step(
    _ x: Tensor, from t: Double, to s: Double, score: Tensor, using generator: Generator?
  ) -> Tensor {
    zip(parts, zip(points(x), tangents(score))).map {
      $0.space.step(
        $1.0, from: $0.scale * t, to: $0.scale * s, score: $1.1, using: generator)
    }.concatenated(dim: -1)
  }

  private func points(_ x: Tensor) -> [Tensor] {
    x.split(sizes: parts.map(\.space.pointWidth), dim: -1)
  }

  private func tangents(_ v: Tensor) -> [Tensor] {
    v.split(sizes: parts.map(\.space.tangentWidth), dim: -1)
  }
}
