extension PointCloud {
  /// Some of the points.
  /// - Parameter indices: Their places, in order; at least one.
  /// - Returns: The points with their colours and normals.
  public func chosen(_ indices: [Int]) -> PointCloud {
    precondition(!indices.isEmpty, "at least one point")
    return PointCloud(
      checked: indices.map { positions[$0] }, colors: indices.map { colors[$0] },
      normals: normals.map { normals in indices.map { normals[$0] } })
  }

  /// The points that are farthest from each other.
  ///
  /// Each is the one that lies farthest from all that were chosen before (Eldar et al. 1997, "The
  /// farthest point strategy for progressive image sampling"). Of equally far ones, the first is
  /// taken.
  /// - Parameters:
  ///   - count: How many, at most as many as there are.
  ///   - first: The place of the point to begin with.
  /// - Returns: Their places, in the order in which they were chosen.
  public func farthestPoints(_ count: Int, startingAt first: Int = 0) -> [Int] {
    precondition((1...self.count).contains(count), "\(count) of \(self.count) points")
    precondition(positions.indices.contains(first), "no such point")
    var squares = [Float](repeating: .infinity, count: self.count)
    var chosen = [first]
    while chosen.count < count {
      let last = positions[chosen[chosen.count - 1]]
      var (best, farthest) = (0, -Float.infinity)
      for (index, position) in positions.enumerated() {
        let offset = position - last
        squares[index] = min(squares[index], dot(offset, offset))
        if squares[index] > farthest { (best, farthest) = (index, squares[index]) }
      }
      // Points in one place are equally far; one that was chosen must not come again.
      squares[chosen[chosen.count - 1]] = -.infinity
      if farthest <= 0 { best = squares.firstIndex { $0 > -.infinity } ?? best }
      chosen.append(best)
    }
    return chosen
  }

  /// What a cloud is made to fit into.
  public enum Frame: Sendable, CaseIterable {
    /// The sphere of radius 1 around the points' mean: the farthest lies on it.
    case sphere
    /// The cube from -1 to 1: the middle of the points' extent is 0, and its longest side 2.
    case cube
  }

  /// The points moved and scaled alike in all directions to fit into a frame.
  ///
  /// Points that are all in one place come to 0.
  /// - Parameter frame: The frame.
  /// - Returns: The points with their colours and normals.
  public func fitted(to frame: Frame) -> PointCloud {
    let places = positions.map { SIMD3<Double>($0) }
    let center: SIMD3<Double>
    let size: Double
    switch frame {
    case .sphere:
      center = places.reduce(.zero, +) / Double(count)
      size = places.reduce(0) { max($0, length($1 - center)) }
    case .cube:
      let low = places.reduce(places[0]) { pointwiseMin($0, $1) }
      let high = places.reduce(places[0]) { pointwiseMax($0, $1) }
      (center, size) = (low + (high - low) / 2, (high - low).max() / 2)
    }
    let scale = size > 0 ? 1 / size : 0
    return PointCloud(
      checked: places.map { SIMD3<Float>(scale * ($0 - center)) }, colors: colors,
      normals: normals)
  }
}
