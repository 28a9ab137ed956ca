internal import Evaluation
internal import Modalities
internal import Torch

/// Finds shapes that are nearly the same, such as a table in another colour.
struct NearlyEqualShapes {
  /// The points that are compared.
  private static let count = 1024
  /// By how much the extents along an axis may differ, of a longest side of 2.
  private static let extent: Float = 0.05
  /// The Chamfer distance, at most: three quarters of that between two draws of as many points from
  /// the surface of a ball of radius 1, which is twice that surface over π times their number.
  private static let distance = 0.006

  private var clouds: [Tensor] = []
  private var extents: [SIMD3<Float>] = []
  private var bases: [Int] = []

  /// The first shape that one is nearly equal to, or its own number; shapes are given in order.
  ///
  /// - Parameter cloud: The shape's points, at least 1,024, in the cube from -1 to 1.
  /// - Returns: The number of a shape, from 0.
  /// - Throws: A `TorchError`.
  mutating func base(of cloud: PointCloud) throws -> Int {
    let positions = try checked {
      cloud.chosen(Array(0..<Self.count)).positionTensor.unsqueezed(0)
    }
    let low = cloud.positions.reduce(.one) { pointwiseMin($0, $1) }
    let high = cloud.positions.reduce(-.one) { pointwiseMax($0, $1) }
    let own = high - low
    let near = clouds.indices.filter { index in
      let difference = extents[index] - own
      return max(difference.max(), -difference.min()) < Self.extent
    }
    var base = bases.count
    if !near.isEmpty {
      let distances = try checked {
        try chamferDistances(positions, near.map { clouds[$0] }.concatenated())
          .values(as: Double.self)
      }
      if let equal = zip(near, distances).first(where: { $1 < Self.distance }) {
        base = bases[equal.0]
      }
    }
    clouds.append(positions)
    extents.append(own)
    bases.append(base)
    return base
  }
}
