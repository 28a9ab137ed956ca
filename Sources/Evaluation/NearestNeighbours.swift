public import Torch

/// The nearest of a set to each of some points, nearest first.
public struct Neighbours: Sendable {
  /// Euclidean distances, `[points, count]`, `float64`.
  public let distances: Tensor
  /// Places in the set, `[points, count]`, `int64`.
  public let indices: Tensor

  /// The distance of the nearest, for each point.
  public var nearest: [Double] {
    distances.selected(dim: 1, index: 0).values(as: Double.self)
  }

  /// The place of the nearest, for each point.
  public var nearestIndices: [Int] {
    indices.selected(dim: 1, index: 0).values(as: Int.self)
  }
}

/// Finds the nearest of a set to each of some points, by comparing all with all.
///
/// - Parameters:
///   - points: `[points, channels]`, of any type.
///   - set: `[size, channels]`, of any type.
///   - count: How many to find for each point, at most as many as the set has.
/// - Returns: Their distances and places.
/// - Throws: A `TorchError` if the channels are not as many.
public func nearestNeighbours(
  of points: Tensor, among set: Tensor, count: Int = 1
) throws -> Neighbours {
  precondition((1...set.shape[0]).contains(count), "\(count) of \(set.shape[0])")
  let parts = try chunks(of: points.shape[0]).map { range in
    try checked {
      nearest(rows(of: points, range), among: set, count: count)
    }
  }
  return try checked {
    Neighbours(
      distances: parts.map(\.distances).concatenated(),
      indices: parts.map(\.indices).concatenated())
  }
}

/// Goes through the set in parts and keeps the nearest so far.
private func nearest(_ x: Tensor, among set: Tensor, count: Int) -> Neighbours {
  var distances: Tensor?
  var indices: Tensor?
  for range in chunks(of: set.shape[0]) {
    let found = squaredDistances(x, rows(of: set, range))
    let places = Tensor.range(from: range.lowerBound, to: range.upperBound)
      .expanded(x.shape[0], range.count)
    let all = distances.map { concatenate($0, found, dim: 1) } ?? found
    let allPlaces = indices.map { concatenate($0, places, dim: 1) } ?? places
    let (best, order) = all.topK(min(count, all.shape[1]), dim: 1, largest: false, sorted: true)
    distances = best
    indices = allPlaces.gathered(dim: 1, order)
  }
  return Neighbours(
    distances: (distances ?? .zeros([0])).squareRoot(), indices: indices ?? .zeros([0]))
}

/// `|x - y|²` of all pairs, `[x.count, y.count]`, from `float64` points.
func squaredDistances(_ x: Tensor, _ y: Tensor) -> Tensor {
  let squares = (x * x).sum(dims: [1]).unsqueezed(1) + (y * y).sum(dims: [1])
  return (squares - 2 * x.matmul(y.transposed(0, 1))).clamped(min: 0.0)
}

func rows(of points: Tensor, _ range: Range<Int>) -> Tensor {
  points.narrowed(dim: 0, start: range.lowerBound, length: range.count).converted(to: .float64)
}
