internal import Modalities
internal import Torch

/// Between clouds of points and the numbers that are noised, in Point-E's scales.
///
/// `channel_scales` and `channel_biases` of the reference: places are doubled, which brings them
/// to about unit variance, and colours lie in [-1, 1].
enum PointCode {
  /// The numbers of points.
  ///
  /// - Parameter points: Places, and colours in [0, 1], `[…, points, 6]`.
  /// - Returns: `[…, 6, points]`.
  static func encoded(_ points: Tensor) -> Tensor {
    let parts = points.split(sizes: [3, 3], dim: -1)
    return concatenate(2 * parts[0], 2 * parts[1] - 1, dim: -1).transposed(-2, -1)
  }

  /// The points of numbers, `[6, points]`; colours beyond what there is are the nearest ones.
  ///
  /// - Throws: `ShapeError` where a number is not finite.
  static func cloud(_ numbers: Tensor) throws -> PointCloud {
    let parts = try checked {
      numbers.converted(to: .float32).transposed(0, 1).split(sizes: [3, 3], dim: -1)
    }
    return try PointCloud(positions: parts[0] / 2, colors: (parts[1] + 1) * 127.5)
  }
}
