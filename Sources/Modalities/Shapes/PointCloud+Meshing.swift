/// How a cloud of points is given a surface.
public struct Meshing: Codable, Sendable, Hashable {
  /// The cubes along the longest side of the points' extent, 8 to 512.
  public var resolution: Int
  /// The distance up to which gaps between points are closed, in the units of the points.
  ///
  /// Without one, 2.5 times the distance to the nearest other point that all but 5 % of the points
  /// have, and at least two cubes.
  public var reach: Float?

  /// Makes a way of meshing.
  /// - Parameters:
  ///   - resolution: The cubes along the longest side of the points' extent, 8 to 512.
  ///   - reach: The distance up to which gaps between points are closed.
  public init(resolution: Int = 64, reach: Float? = nil) {
    self.resolution = resolution
    self.reach = reach
  }

  /// The lengths that meshing works with.
  struct Lengths {
    /// The side of a cube.
    let spacing: Float
    /// The radius of the balls around points, which close gaps.
    let reach: Float
    /// How far outside of the points the surface is.
    ///
    /// One cube, so that a sheet as thin as its points still has two sides.
    var offset: Float { spacing }
  }
}

extension PointCloud {
  /// A closed surface around the points, in their colours.
  ///
  /// A morphological closing: the points are blown up to balls that cover the gaps between them,
  /// what cannot be reached from outside is filled, and the whole is made smaller by the balls'
  /// radius but for one cube. So the surface is one cube outside of the points, and has no more
  /// detail than the balls. Both surfaces are found by `MarchingCubes`.
  /// - Parameter meshing: How fine it is.
  /// - Returns: A watertight mesh, whose vertices have the colour of the nearest point.
  /// - Throws: `ShapeError` if the resolution or the reach is out of range, or the points have no
  ///   extent.
  public func meshed(_ meshing: Meshing = Meshing()) throws(ShapeError) -> Mesh {
    let (low, high) = try extent()
    let bins = PointBins(positions)
    let lengths = try lengths(meshing, side: (high - low).max(), bins)
    var grid = try grid(lengths, from: low, to: high)
    grid.setDistances(to: positions, cap: lengths.reach + 2 * lengths.spacing)
    let isOutside = grid.reached(above: lengths.reach)
    // What is not outside is solid, also where no point is near.
    for index in grid.values.indices where !isOutside[index] {
      grid.values[index] = min(grid.values[index], lengths.reach - lengths.spacing / 2)
    }
    let hull = MarchingCubes.surface(of: grid, level: lengths.reach).vertices
    guard !hull.isEmpty else {
      throw .empty(source: "a point cloud", expected: "a surface around the points")
    }
    // A node's depth below the balls' surface, from its distance to that surface's vertices.
    grid.setDistances(to: hull, cap: lengths.reach + 2 * lengths.spacing)
    for index in grid.values.indices where !isOutside[index] {
      grid.values[index] = -grid.values[index]
    }
    let surface = MarchingCubes.surface(of: grid, level: lengths.offset - lengths.reach)
    let colors = surface.vertices.map { vertex in
      bins.nearest(to: vertex).map { self.colors[$0.index] } ?? .white
    }
    return try Mesh(
      vertices: surface.vertices, faces: surface.faces, colors: colors,
      source: "a mesh of points")
  }

  /// The corners of the box around all points, if it is one that can be divided.
  private func extent() throws(ShapeError) -> (SIMD3<Float>, SIMD3<Float>) {
    let low = positions.reduce(positions[0]) { pointwiseMin($0, $1) }
    let high = positions.reduce(positions[0]) { pointwiseMax($0, $1) }
    let side = (high - low).max()
    guard side > 1e-12, side < 1e12, side > 1e-4 * max(abs(low.max()), abs(high.max())) else {
      throw .shape(
        source: "a point cloud",
        expected: "an extent of 1e-12 to 1e12, no less than 1e-4 of the distance to 0",
        found: "\(side)")
    }
    return (low, high)
  }

  private func lengths(
    _ meshing: Meshing, side: Float, _ bins: PointBins
  ) throws(ShapeError) -> Meshing.Lengths {
    guard (8...512).contains(meshing.resolution) else {
      throw .shape(
        source: "meshing", expected: "a resolution of 8 to 512 cubes",
        found: "\(meshing.resolution)")
    }
    let spacing = side / Float(meshing.resolution)
    var reach = meshing.reach ?? 0
    if meshing.reach == nil {
      let squares = positions.indices.compactMap { index in
        bins.nearest(to: positions[index], excluding: index)?.square
      }.sorted()
      reach = min(max(2.5 * squares[squares.count * 19 / 20].squareRoot(), 2 * spacing), side)
    }
    guard reach >= 2 * spacing, reach <= side else {
      throw .shape(
        source: "meshing",
        expected: "a reach of 2 cubes, \(2 * spacing), to the points' extent, \(side)",
        found: "\(reach)")
    }
    return Meshing.Lengths(spacing: spacing, reach: reach)
  }

  /// A grid around the points, with room for the balls and one cube more.
  private func grid(
    _ lengths: Meshing.Lengths, from low: SIMD3<Float>, to high: SIMD3<Float>
  ) throws(ShapeError) -> ScalarGrid {
    let margin = SIMD3<Float>(repeating: lengths.reach + 2 * lengths.spacing)
    let cubes = ((high - low + 2 * margin) / lengths.spacing).rounded(.up)
    let size = SIMD3<Int>(cubes) &+ 1
    let (limit, count) = (1 << 28, size.x * size.y * size.z)
    guard count <= limit else {
      throw .tooLarge(source: "meshing", what: "nodes of a grid", limit: limit, found: count)
    }
    return ScalarGrid(
      size: size, origin: low - margin, spacing: lengths.spacing, value: .infinity)
  }
}
