public import Torch

/// Rotations of space, SO(3), as matrices of nine numbers in row-major order.
///
/// A tangent vector is a rotation vector in the rotated frame: `v` at `R` leads to `R · exp(v)`.
public struct Rotations: Space, Hashable {
  /// Nine, the elements of a matrix.
  public var pointWidth: Int { 9 }

  /// Three, the elements of a rotation vector.
  public var tangentWidth: Int { 3 }

  /// The space.
  public init() {}

  /// `x · exp(v)`.
  public func moved(_ x: Tensor, along v: Tensor) -> Tensor {
    matrix(x).matmul(matrix(Self.matrices(v))).reshaped(Array(x.shape))
  }

  /// The rotation vector of `xᵀ · y`, of length at most π.
  public func direction(from x: Tensor, to y: Tensor) -> Tensor {
    let between = matrix(x).transposed(-2, -1).matmul(matrix(y))
    return Self.rotationVectors(between.reshaped(Array(y.shape)))
  }

  /// `x0` times rotations of the ``IsotropicGaussian``.
  public func noised(_ x0: Tensor, sigma: Double, using generator: Generator) -> Tensor {
    let vectors = IsotropicGaussian(epsilon: sigma)
      .rotationVectors(x0.count / 9, using: generator)
      .converted(to: x0.dtype).moved(to: x0.device)
    return moved(x0, along: vectors.reshaped(x0.shape.dropLast() + [3]))
  }

  /// The ``IsotropicGaussian``'s score along the axis of `x0ᵀ · x`.
  public func score(at x: Tensor, of x0: Tensor, sigma: Double) -> Tensor {
    let vector = direction(from: x0, to: x)
    let angle = vector.vectorNorm(dims: [-1], keepingDims: true)
    let length = IsotropicGaussian(epsilon: sigma).score(angle)
    return vector * (length / angle.clamped(min: .real(leastAngle)))
  }

  private func matrix(_ x: Tensor) -> Tensor { x.reshaped(x.shape.dropLast() + [3, 3]) }
}

/// What keeps a division by an angle from being one by zero; its square is still a number.
private let leastAngle = 1e-18

extension Rotations {
  /// The rotations by rotation vectors: the exponential map.
  ///
  /// Rodrigues' formula, `1 + sin(ω) / ω · K + (1 - cos(ω)) / ω² · K²`.
  ///
  /// - Parameter vectors: An axis times an angle in radians, `[…, 3]`.
  /// - Returns: Matrices in row-major order, `[…, 9]`.
  public static func matrices(_ vectors: Tensor) -> Tensor {
    let angle = vectors.vectorNorm(dims: [-1], keepingDims: true).clamped(min: .real(leastAngle))
    let half = (angle / 2).sine() / (angle / 2)
    let (a, b) = (angle.sine() / angle, 0.5 * half * half)
    let parts = vectors.chunked(3, dim: -1)
    let (x, y, z) = (parts[0], parts[1], parts[2])
    return [
      1 - b * (y * y + z * z), b * x * y - a * z, b * x * z + a * y,
      b * x * y + a * z, 1 - b * (x * x + z * z), b * y * z - a * x,
      b * x * z - a * y, b * y * z + a * x, 1 - b * (x * x + y * y),
    ].concatenated(dim: -1)
  }

  /// The rotation vectors of rotations, of length at most π: the logarithmic map.
  ///
  /// - Parameter matrices: Matrices in row-major order, `[…, 9]`.
  /// - Returns: An axis times an angle in radians, `[…, 3]`.
  public static func rotationVectors(_ matrices: Tensor) -> Tensor {
    let q = quaternions(matrices)
    let (w, v) = (
      q.narrowed(dim: -1, start: 0, length: 1), q.narrowed(dim: -1, start: 1, length: 3)
    )
    let sine = v.vectorNorm(dims: [-1], keepingDims: true)
    let angle = 2 * Self.angle(sine: sine, cosine: w)
    // At the identity the vector is twice the quaternion's.
    let isTiny = sine.less(than: .real(leastAngle))
    let factor = isTiny.choosing(0 * sine + 2, else: angle / sine.clamped(min: .real(leastAngle)))
    return v * factor
  }

  /// The unit quaternions of rotations, `[…, 4]`, the real part first and not negative.
  ///
  /// The products of two components are sums of the matrix's elements. The row of the largest
  /// component divides by no small number (Shepperd 1978).
  static func quaternions(_ matrices: Tensor) -> Tensor {
    let m = matrices.chunked(9, dim: -1)
    let (ww, xx) = (1 + m[0] + m[4] + m[8], 1 + m[0] - m[4] - m[8])
    let (yy, zz) = (1 - m[0] + m[4] - m[8], 1 - m[0] - m[4] + m[8])
    let (wx, wy, wz) = (m[7] - m[5], m[2] - m[6], m[3] - m[1])
    let (xy, xz, yz) = (m[1] + m[3], m[2] + m[6], m[5] + m[7])
    let rows = [[ww, wx, wy, wz], [wx, xx, xy, xz], [wy, xy, yy, yz], [wz, xz, yz, zz]]
      .map { $0.concatenated(dim: -1) }.stacked(dim: -2)
    let largest = [ww, xx, yy, zz].concatenated(dim: -1).argmax(dim: -1, keepingDims: true)
    let index = largest.unsqueezed(-1).expanded(largest.shape.dropLast() + [1, 4])
    let row = rows.gathered(dim: -2, index).squeezed(-2)
    let q = row / row.vectorNorm(dims: [-1], keepingDims: true)
    let real = q.narrowed(dim: -1, start: 0, length: 1)
    return real.less(than: 0).choosing(-q, else: q)
  }

  /// The angle between 0 and π / 2 of a sine and a cosine.
  ///
  /// By iteration: adding the sine of what is missing leaves a sixth of its cube.
  static func angle(sine: Tensor, cosine: Tensor) -> Tensor {
    // Off by at most 0.23.
    var angle = sine / (0.6366 * sine + cosine)
    for _ in 0..<3 { angle = angle + sine * angle.cosine() - cosine * angle.sine() }
    return angle
  }
}
