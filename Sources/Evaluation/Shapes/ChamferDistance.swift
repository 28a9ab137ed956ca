public import Torch

/// The Chamfer distance between clouds of points.
///
/// The mean squared distance of each point to the nearest of the other cloud, from both sides: Fan
/// et al. 2017, https://arxiv.org/abs/1612.00603, with means in place of sums, so that it does not
/// depend on the number of points.
///
/// - Parameters:
///   - a: `[batch, points, 3]`, of any floating-point type.
///   - b: `[batch, points, 3]`; the numbers of points may differ.
/// - Returns: A distance for each pair, `[batch]`, `float64`, with gradients.
/// - Throws: A `TorchError` if the shapes do not fit together.
public func chamferDistance(_ a: Tensor, _ b: Tensor) throws -> Tensor {
  precondition(
    a.shape.sizes.count == 3 && b.shape.sizes.count == 3 && a.shape[0] == b.shape[0],
    "clouds in batches of one size")
  return try checked {
    let distances = (0..<a.shape[0]).map { index in
      chamferDistances(
        of: a.selected(dim: 0, index: index),
        to: b.narrowed(dim: 0, start: index, length: 1))
    }
    return distances.concatenated()
  }
}

/// The distance of every cloud of a set to every one of another.
///
/// - Parameters:
///   - a: `[clouds, points, 3]`.
///   - b: `[clouds, points, 3]`; both numbers may differ.
/// - Returns: `[clouds of a, clouds of b]`, `float64`.
/// - Throws: A `TorchError` if the shapes do not fit together.
public func chamferDistances(_ a: Tensor, _ b: Tensor) throws -> Tensor {
  precondition(a.shape.sizes.count == 3 && b.shape.sizes.count == 3, "sets of clouds")
  let rows = try (0..<a.shape[0]).map { index in
    // Few at once, so that the distances of all points fit into memory.
    let parts = try chunks(of: b.shape[0], size: 8).map { range in
      try checked {
        chamferDistances(
          of: a.selected(dim: 0, index: index),
          to: b.narrowed(dim: 0, start: range.lowerBound, length: range.count))
      }
    }
    return try checked { parts.concatenated().unsqueezed(0) }
  }
  return try checked { rows.concatenated() }
}

/// The distances of one cloud, `[points, 3]`, to several, `[clouds, points, 3]`.
private func chamferDistances(of cloud: Tensor, to set: Tensor) -> Tensor {
  let (clouds, points) = (set.shape[0], set.shape[1])
  let squares = squaredDistances(
    cloud.converted(to: .float64),
    set.converted(to: .float64).reshaped(clouds * points, set.shape[2]))
  let count = cloud.shape[0]
  let outward = squares.reshaped(count, clouds, points).minimum(dims: [2]).mean(dims: [0])
  let inward = squares.minimum(dims: [0]).reshaped(clouds, points).mean(dims: [1])
  return outward + inward
}
