/// Points in the cells of a coarse grid, in which the nearest is soon found.
struct PointBins {
  private let points: [SIMD3<Float>]
  private let origin: SIMD3<Float>
  private let side: Float
  private let size: SIMD3<Int>
  private var bins: [[Int]]

  /// Sorts points, at least one and of finite extent, into about as many cells as there are points.
  init(_ points: [SIMD3<Float>]) {
    precondition(!points.isEmpty, "at least one point")
    self.points = points
    let low = points.reduce(points[0]) { pointwiseMin($0, $1) }
    let extent = points.reduce(points[0]) { pointwiseMax($0, $1) } - low
    let longest = max(extent.max(), .leastNormalMagnitude)
    // Points of a surface lie in about as many cells as the square of those along a side.
    let count = min(max(Double(points.count).squareRoot(), 1), 100).rounded()
    side = longest / Float(count)
    origin = low
    size = SIMD3<Int>((extent / side).rounded(.down)) &+ 1
    bins = Array(repeating: [], count: size.x * size.y * size.z)
    for (index, point) in points.enumerated() { bins[bin(cell(point))].append(index) }
  }

  private func cell(_ point: SIMD3<Float>) -> SIMD3<Int> {
    let cell = ((point - origin) / side).rounded(.down)
    let limit = SIMD3<Float>(size &- 1)
    return SIMD3<Int>(cell.clamped(lowerBound: .zero, upperBound: limit))
  }

  private func bin(_ cell: SIMD3<Int>) -> Int { cell.x + size.x * (cell.y + size.y * cell.z) }

  /// The nearest point to a place.
  ///
  /// - Parameters:
  ///   - place: Where to look; finite.
  ///   - excluded: A point that does not count.
  /// - Returns: The point's number, and the square of its distance.
  func nearest(
    to place: SIMD3<Float>, excluding excluded: Int? = nil
  ) -> (index: Int, square: Float)? {
    let middle = cell(place)
    // The cells are measured from the place's own, or from the one nearest to it.
    var best: (index: Int, square: Float)?
    for ring in 0...size.max() {
      // What lies in a ring is at least this far.
      let least = Float(max(ring - 1, 0)) * side
      if let best, best.square.squareRoot() <= least { break }
      forEachBin(ring, around: middle) { bin in
        for index in bins[bin] where index != excluded {
          let offset = points[index] - place
          let square = dot(offset, offset)
          if square < best?.square ?? .infinity { best = (index, square) }
        }
      }
    }
    return best
  }

  /// Calls `body` with the cells at a distance of so many cells.
  private func forEachBin(_ ring: Int, around middle: SIMD3<Int>, _ body: (Int) -> Void) {
    let low = pointwiseMax(middle &- ring, .zero)
    let high = pointwiseMin(middle &+ ring, size &- 1)
    for z in low.z...high.z {
      for y in low.y...high.y {
        let isBorder = abs(z - middle.z) == ring || abs(y - middle.y) == ring
        if isBorder {
          for x in low.x...high.x { body(bin(SIMD3(x, y, z))) }
        } else {
          if middle.x - ring >= 0 { body(bin(SIMD3(middle.x - ring, y, z))) }
          if middle.x + ring < size.x { body(bin(SIMD3(middle.x + ring, y, z))) }
        }
      }
    }
  }
}
