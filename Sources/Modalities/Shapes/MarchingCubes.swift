/// The surface on which a field has a level, as triangles.
///
/// Lorensen & Cline 1987, "Marching Cubes: A High Resolution 3D Surface Construction Algorithm".
/// The paper's table of cases leaves holes where neighbours take the two diagonals of a face
/// differently. Here the cases are computed by one rule for a face: its corners inside are parted
/// from each other. So every edge is in two triangles wherever the surface does not leave the
/// grid.
struct MarchingCubes {
  /// The edges of a cube, by their corners' numbers, which have a bit for each axis.
  static let edges: [(low: Int, high: Int)] = (0..<3).flatMap { axis in
    (0..<8).filter { $0 >> axis & 1 == 0 }.map { ($0, $0 | 1 << axis) }
  }

  /// The corners of each face, counterclockwise for those who look at it from outside.
  static let sides: [[Int]] = (0..<3).flatMap { axis in
    let (u, v) = (1 << ((axis + 1) % 3), 1 << ((axis + 2) % 3))
    return [[0, v, u | v, u], [1 << axis, 1 << axis | u, 1 << axis | u | v, 1 << axis | v]]
  }

  /// The triangles of each case, three edges each; a case has a bit for each corner inside.
  static let cases: [[SIMD3<Int>]] = (0..<256).map(triangles(of:))

  private static func edge(_ a: Int, _ b: Int) -> Int {
    let (low, high) = (min(a, b), max(a, b))
    return edges.firstIndex { $0.low == low && $0.high == high } ?? 0
  }

  /// The triangles of a case: loops of crossed edges, cut up.
  private static func triangles(of number: Int) -> [SIMD3<Int>] {
    func isInside(_ corner: Int) -> Bool { number >> corner & 1 == 1 }
    // On each side a line leads from where one comes into the inside to where one leaves it.
    var next: [Int: Int] = [:]
    for side in sides {
      for place in 0..<4 where !isInside(side[place]) && isInside(side[(place + 1) % 4]) {
        var end = (place + 1) % 4
        while isInside(side[(end + 1) % 4]) { end = (end + 1) % 4 }
        next[edge(side[place], side[(place + 1) % 4])] = edge(side[end], side[(end + 1) % 4])
      }
    }
    var triangles: [SIMD3<Int>] = []
    for start in edges.indices {
      var loop: [Int] = []
      var place = start
      while let following = next.removeValue(forKey: place) {
        loop.append(place)
        place = following
      }
      if loop.count >= 3 { triangles += cut(loop) ?? [] }
    }
    return triangles
  }

  /// Cuts a loop into triangles by lines that lie on no side of the cube, where the neighbour could
  /// have the same line; there is a way for each of the 256 cases.
  private static func cut(_ loop: [Int]) -> [SIMD3<Int>]? {
    if loop.count == 3 { return [SIMD3(loop[0], loop[1], loop[2])] }
    for place in loop.indices {
      let before = loop[(place + loop.count - 1) % loop.count]
      let after = loop[(place + 1) % loop.count]
      guard !shareSide(before, after) else { continue }
      var rest = loop
      rest.remove(at: place)
      if let others = cut(rest) { return [SIMD3(before, loop[place], after)] + others }
    }
    return nil
  }

  private static func shareSide(_ a: Int, _ b: Int) -> Bool {
    let corners = [edges[a].low, edges[a].high, edges[b].low, edges[b].high]
    return sides.contains { side in corners.allSatisfy(side.contains) }
  }

  private let grid: ScalarGrid
  private let level: Float
  private var vertices: [SIMD3<Float>] = []
  private var faces: [SIMD3<UInt32>] = []
  /// The numbers of the vertices on the grid's edges, by the lower node and the axis.
  private var numbers: [Int: UInt32] = [:]

  private init(_ grid: ScalarGrid, level: Float) {
    self.grid = grid
    self.level = level
  }

  /// The surface on which a grid has a level; the faces look to where it is above.
  ///
  /// - Parameters:
  ///   - grid: Finite numbers. Where they are below the level at the border, the surface is open.
  ///   - level: The level.
  /// - Returns: The vertices, on edges of the grid, and the triangles.
  static func surface(
    of grid: ScalarGrid, level: Float
  ) -> (vertices: [SIMD3<Float>], faces: [SIMD3<UInt32>]) {
    var cubes = MarchingCubes(grid, level: level)
    for z in 0..<grid.size.z - 1 {
      for y in 0..<grid.size.y - 1 {
        for x in 0..<grid.size.x - 1 { cubes.add(grid.index(SIMD3(x, y, z))) }
      }
    }
    return (cubes.vertices, cubes.faces)
  }

  private func node(_ first: Int, _ corner: Int) -> Int {
    first + (corner & 1) + grid.size.x * (corner >> 1 & 1 + grid.size.y * (corner >> 2 & 1))
  }

  /// Adds the triangles of the cube whose first node has a number.
  private mutating func add(_ first: Int) {
    var number = 0
    for corner in 0..<8 where grid.values[node(first, corner)] < level { number |= 1 << corner }
    guard number != 0, number != 255 else { return }
    for triangle in Self.cases[number] {
      faces.append(
        SIMD3(
          vertex(first, triangle.x), vertex(first, triangle.y), vertex(first, triangle.z)))
    }
  }

  /// The number of the vertex on an edge of a cube, made when it is first asked for.
  private mutating func vertex(_ first: Int, _ edge: Int) -> UInt32 {
    let (low, high) = Self.edges[edge]
    let (a, b) = (node(first, low), node(first, high))
    let key = 3 * a + edge / 4
    if let number = numbers[key] { return number }
    let (from, to) = (grid.values[a], grid.values[b])
    let share = (level - from) / (to - from)
    let number = UInt32(vertices.count)
    vertices.append((1 - share) * place(a) + share * place(b))
    numbers[key] = number
    return number
  }

  private func place(_ node: Int) -> SIMD3<Float> {
    let (rest, x) = node.quotientAndRemainder(dividingBy: grid.size.x)
    let (z, y) = rest.quotientAndRemainder(dividingBy: grid.size.y)
    return grid.position(SIMD3(x, y, z))
  }
}
