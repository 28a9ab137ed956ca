/// Numbers on the nodes of a grid of cubes.
struct ScalarGrid {
  /// The number of nodes along each axis, at least 2.
  let size: SIMD3<Int>
  /// Where the first node is.
  let origin: SIMD3<Float>
  /// The distance of two neighbours.
  let spacing: Float
  /// The numbers; x varies fastest, then y.
  var values: [Float]

  /// A grid of one number.
  init(size: SIMD3<Int>, origin: SIMD3<Float>, spacing: Float, value: Float) {
    precondition(size.min() >= 2 && spacing > 0, "a grid of at least one cube")
    self.size = size
    self.origin = origin
    self.spacing = spacing
    values = Array(repeating: value, count: size.x * size.y * size.z)
  }

  /// The place of a node's number.
  func index(_ node: SIMD3<Int>) -> Int { node.x + size.x * (node.y + size.y * node.z) }

  /// Where a node is.
  func position(_ node: SIMD3<Int>) -> SIMD3<Float> {
    origin + spacing * SIMD3<Float>(node)
  }

  /// The distance of every node to the nearest of some points, or a cap if none is within it.
  mutating func setDistances(to points: [SIMD3<Float>], cap: Float) {
    values = Array(repeating: cap * cap, count: values.count)
    let (size, spacing, reach) = (size, spacing, SIMD3<Float>(repeating: cap))
    let last = size &- 1
    values.withUnsafeMutableBufferPointer { squares in
      for point in points {
        let offset = point - origin
        let low = SIMD3<Int>(((offset - reach) / spacing).rounded(.up))
          .clamped(lowerBound: .zero, upperBound: last)
        let high = SIMD3<Int>(((offset + reach) / spacing).rounded(.down))
          .clamped(lowerBound: .zero, upperBound: last)
        for z in low.z...max(low.z, high.z) {
          let dz = Float(z) * spacing - offset.z
          for y in low.y...max(low.y, high.y) {
            let dy = Float(y) * spacing - offset.y
            let rest = dy * dy + dz * dz
            let row = size.x * (y + size.y * z)
            for x in low.x...max(low.x, high.x) {
              let dx = Float(x) * spacing - offset.x
              squares[row + x] = min(squares[row + x], rest + dx * dx)
            }
          }
        }
      }
      for index in squares.indices { squares[index] = squares[index].squareRoot() }
    }
  }

  /// Which nodes can be reached from the first one without passing one that is below a level.
  func reached(above level: Float) -> [Bool] {
    var isReached = [Bool](repeating: false, count: values.count)
    isReached[0] = values[0] >= level
    var open = isReached[0] ? [0] : []
    let steps = [(1, size.x), (size.x, size.y), (size.x * size.y, size.z)]
    while let node = open.popLast() {
      for (step, count) in steps {
        let place = node / step % count
        for (next, isInside) in [(node - step, place > 0), (node + step, place < count - 1)]
        where isInside && !isReached[next] && values[next] >= level {
          isReached[next] = true
          open.append(next)
        }
      }
    }
    return isReached
  }
}
