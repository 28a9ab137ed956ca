public import Torch

/// Motions of space that keep distances and handedness: a rotation, then a shift.
public struct RigidMotion: Sendable {
  /// Rotations, `[…, 3, 3]`.
  public let rotation: Tensor

  /// Shifts, `[…, 1, 3]`.
  public let shift: Tensor

  /// The motion that brings points closest to others, in the sum of the squared distances.
  ///
  /// Kabsch's problem, by the quaternion that Horn 1987, https://doi.org/10.1364/JOSAA.4.000629,
  /// finds as the eigenvector of the largest eigenvalue; never a reflection. Computed in `float64`.
  /// - Parameters:
  ///   - x: The points to move, `[…, points, 3]`.
  ///   - y: Where they should be, in the same shape.
  public init(moving x: Tensor, onto y: Tensor) {
    precondition(
      x.shape == y.shape && x.rank >= 2 && x.shape.last == 3,
      "points of shape \(x.shape) cannot be moved onto points of shape \(y.shape)")
    let (moving, fixed) = (x.converted(to: .float64), y.converted(to: .float64))
    let (from, to) = (
      moving.mean(dims: [-2], keepingDims: true), fixed.mean(dims: [-2], keepingDims: true)
    )
    let quaternion = Self.quaternion((moving - from).transposed(-2, -1).matmul(fixed - to))
    let rotation = Self.matrix(quaternion)
    self.rotation = rotation.converted(to: x.dtype)
    shift = (to - from.matmul(rotation.transposed(-2, -1))).converted(to: x.dtype)
  }

  /// Moves points.
  /// - Parameter x: `[…, points, 3]`.
  /// - Returns: Points in the same shape.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    x.matmul(rotation.transposed(-2, -1)) + shift
  }

  /// The unit quaternion of the best rotation, `[…, 4]`, from the sums of products `xᵀ · y`.
  private static func quaternion(_ products: Tensor) -> Tensor {
    let s = products.reshaped(products.shape.dropLast(2) + [9]).chunked(9, dim: -1)
    let (xx, xy, xz, yx, yy, yz, zx, zy, zz) = (
      s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7], s[8]
    )
    let matrix = [
      [xx + yy + zz, yz - zy, zx - xz, xy - yx],
      [yz - zy, xx - yy - zz, xy + yx, zx + xz],
      [zx - xz, xy + yx, yy - xx - zz, yz + zy],
      [xy - yx, zx + xz, yz + zy, zz - xx - yy],
    ].map { $0.concatenated(dim: -1) }.stacked(dim: -2)
    // The eigenvalues are in ascending order.
    return matrix.eigh().1.narrowed(dim: -1, start: 3, length: 1).squeezed(-1)
  }

  private static func matrix(_ quaternion: Tensor) -> Tensor {
    let q = quaternion.chunked(4, dim: -1)
    let (w, x, y, z) = (q[0], q[1], q[2], q[3])
    return [
      [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
      [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
      [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
    ].map { $0.concatenated(dim: -1) }.stacked(dim: -2)
  }
}
