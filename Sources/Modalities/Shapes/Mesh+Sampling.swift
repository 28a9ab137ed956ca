public import Torch

extension Mesh {
  /// Draws points that are spread evenly over the surface.
  ///
  /// A face is drawn by its area, and a point in it evenly (Osada et al. 2002, "Shape
  /// Distributions"). The colours are mixed from those of the corners, and the normals are the
  /// faces'.
  /// - Parameters:
  ///   - count: How many, at least 1.
  ///   - generator: Where the draws come from: three numbers a point.
  /// - Returns: The points in the order of the draws.
  /// - Throws: `ShapeError` if all faces are without area, or it is too large to compute.
  public func sampled(_ count: Int, using generator: Generator) throws -> PointCloud {
    precondition((1...PointCloud.pointLimit).contains(count), "\(count) points")
    var sums: [Double] = []
    sums.reserveCapacity(faces.count)
    var total = 0.0
    for face in faces {
      let (a, b, c) = corners(face)
      total += length(cross(b - a, c - a)) / 2
      sums.append(total)
    }
    guard total > 0, total.isFinite else {
      throw ShapeError.empty(source: "a mesh", expected: "faces with a finite area")
    }
    let draws = try checked {
      generator.uniform([count, 3], dtype: .float64).values(as: Double.self)
    }
    var positions: [SIMD3<Float>] = []
    var tints: [Color] = []
    var normals: [SIMD3<Float>] = []
    for start in stride(from: 0, to: 3 * count, by: 3) {
      let face = faces[Self.place(of: draws[start] * total, in: sums)]
      let root = draws[start + 1].squareRoot()
      let weights = SIMD3(1 - root, root * (1 - draws[start + 2]), root * draws[start + 2])
      let (a, b, c) = corners(face)
      positions.append(SIMD3<Float>(weights.x * a + weights.y * b + weights.z * c))
      tints.append(mixed(face, SIMD3<Float>(weights)))
      let normal = cross(b - a, c - a)
      normals.append(SIMD3<Float>(normal / length(normal)))
    }
    return try PointCloud(
      positions: positions, colors: tints, normals: normals, source: "points of a mesh")
  }

  /// The first place whose sum is beyond a number: a face of no area is never found.
  private static func place(of number: Double, in sums: [Double]) -> Int {
    var (low, high) = (0, sums.count - 1)
    while low < high {
      let middle = (low + high) / 2
      if sums[middle] > number { high = middle } else { low = middle + 1 }
    }
    return low
  }

  private func mixed(_ face: SIMD3<UInt32>, _ weights: SIMD3<Float>) -> Color {
    let corners = [colors[Int(face.x)], colors[Int(face.y)], colors[Int(face.z)]]
    guard corners[0] != corners[1] || corners[1] != corners[2] else { return corners[0] }
    let sum = weights.x * corners[0].unit + weights.y * corners[1].unit
    return Color(unit: sum + weights.z * corners[2].unit)
  }
}
