public import Torch

/// Why points cannot be joined.
public enum GraphError: Error, Sendable, Hashable, CustomStringConvertible {
  /// A tensor has another shape than the points need.
  case misshapen(String, expected: String, found: [Int])
  /// A coordinate is not a finite number.
  case notFinite(point: Int)

  /// What was expected, what was found and where.
  public var description: String {
    switch self {
    case .misshapen(let name, let expected, let found):
      "\(name): expected \(expected), found \(found)"
    case .notFinite(let point): "point \(point): expected finite coordinates"
    }
  }
}

/// Points of several clouds, on the host.
public struct PointClouds: Sendable {
  let points: [(x: Double, y: Double, z: Double)]
  let clouds: [Int]

  /// Points and the cloud that each is of.
  ///
  /// - Parameters:
  ///   - positions: `[points, 3]`.
  ///   - clouds: The cloud of each point, whole numbers, `[points]`; one cloud if not given.
  /// - Throws: ``GraphError`` if the shapes do not fit or a coordinate is not finite.
  public init(_ positions: Tensor, clouds: Tensor? = nil) throws(GraphError) {
    let sizes = positions.shape.sizes
    guard sizes.count == 2, sizes[1] == 3 else {
      throw .misshapen("positions", expected: "[points, 3]", found: sizes)
    }
    if let found = clouds?.shape.sizes, found != [sizes[0]] {
      throw .misshapen("clouds", expected: "[\(sizes[0])]", found: found)
    }
    let values = positions.values(as: Double.self)
    if let index = values.firstIndex(where: { !$0.isFinite }) { throw .notFinite(point: index / 3) }
    points = (0..<sizes[0]).map { (values[3 * $0], values[3 * $0 + 1], values[3 * $0 + 2]) }
    self.clouds = clouds?.values(as: Int.self) ?? Array(repeating: 0, count: sizes[0])
  }

  /// Points on the host and the cloud that each is of.
  ///
  /// - Parameters:
  ///   - points: The points.
  ///   - clouds: The cloud of each.
  /// - Throws: ``GraphError`` if a coordinate is not finite.
  public init(_ points: [SIMD3<Double>], clouds: [Int]) throws(GraphError) {
    guard points.count == clouds.count else {
      throw .misshapen("clouds", expected: "[\(points.count)]", found: [clouds.count])
    }
    if let index = points.firstIndex(where: { !($0.x + $0.y + $0.z).isFinite }) {
      throw .notFinite(point: index)
    }
    self.points = points.map { ($0.x, $0.y, $0.z) }
    self.clouds = clouds
  }

  /// The pairs of points that are nearer than `radius` and of the same cloud.
  ///
  /// - Parameters:
  ///   - centers: The points that look around; these themselves if not given, which then do not
  ///     see themselves.
  ///   - radius: How far they look, above 0.
  ///   - limit: How many points each center sees, the nearest ones.
  /// - Returns: The numbers of centers above those of points, `[2, pairs]`, by center and distance.
  public func neighbours(of centers: PointClouds? = nil, within radius: Double, limit: Int = 32)
    -> Tensor
  {
    // Of a cloud, and along one axis, only the points between two planes have to be measured.
    let order = points.indices.sorted {
      (clouds[$0], points[$0].x, $0) < (clouds[$1], points[$1].x, $1)
    }
    var (from, to): ([Int], [Int]) = ([], [])
    for (center, place) in (centers ?? self).points.enumerated() {
      let cloud = (centers ?? self).clouds[center]
      var found: [(square: Double, point: Int)] = []
      var index = order.partitioned { (clouds[$0], points[$0].x) > (cloud, place.x - radius) }
      while index < order.count, clouds[order[index]] == cloud,
        points[order[index]].x < place.x + radius
      {
        let point = order[index]
        index += 1
        guard centers != nil || point != center else { continue }
        let (x, y, z) = points[point]
        let (dx, dy, dz) = (x - place.x, y - place.y, z - place.z)
        let square = dx * dx + dy * dy + dz * dz
        if square < radius * radius { found.append((square, point)) }
      }
      for (_, point) in found.sorted(by: { ($0.square, $0.point) < ($1.square, $1.point) })
        .prefix(limit)
      {
        from.append(center)
        to.append(point)
      }
    }
    return Tensor(from + to, shape: [2, from.count])
  }
}

extension [Int] {
  /// The first index whose element fulfils what all after it fulfil too, by bisection.
  fileprivate func partitioned(_ belongsToEnd: (Int) -> Bool) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if belongsToEnd(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
