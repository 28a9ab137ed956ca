/// Triangles in space, with a colour for each vertex.
///
/// The axes are those of ``PointCloud``. A face's vertices go round it counterclockwise for
/// those who look at its front.
public struct Mesh: Sendable, Equatable {
  /// The most faces that a mesh may have.
  public static let faceLimit = 1 << 26

  /// Where the vertices are, finite.
  public let vertices: [SIMD3<Float>]
  /// The triangles, by their vertices' numbers.
  public let faces: [SIMD3<UInt32>]
  /// A colour for each vertex.
  public let colors: [Color]

  /// Makes a mesh.
  /// - Parameters:
  ///   - vertices: Where the vertices are: finite.
  ///   - faces: Triangles, at least one, by their vertices' numbers.
  ///   - colors: A colour for each vertex; all are white without them.
  ///   - source: What to name in errors.
  /// - Throws: `ShapeError` if there is no face, a number is not finite, a face names a vertex that
  ///   there is not, or the counts differ.
  public init(
    vertices: [SIMD3<Float>], faces: [SIMD3<UInt32>], colors: [Color]? = nil,
    source: String = "a mesh"
  ) throws(ShapeError) {
    guard !faces.isEmpty else { throw .empty(source: source, expected: "faces") }
    guard faces.count <= Self.faceLimit else {
      throw .tooLarge(source: source, what: "faces", limit: Self.faceLimit, found: faces.count)
    }
    let limit = PointCloud.pointLimit
    guard vertices.count <= limit else {
      throw .tooLarge(source: source, what: "vertices", limit: limit, found: vertices.count)
    }
    try PointCloud.checkFinite(vertices, "vertex", source: source)
    for (number, face) in faces.enumerated() where Int(face.max()) >= vertices.count {
      throw .index(
        source: source, face: number, vertices: vertices.count, found: Int(face.max()))
    }
    if let colors {
      try PointCloud.check(count: colors.count, "colours", for: vertices.count, source: source)
    }
    self.init(
      checked: vertices, faces: faces,
      colors: colors ?? Array(repeating: .white, count: vertices.count))
  }

  init(checked vertices: [SIMD3<Float>], faces: [SIMD3<UInt32>], colors: [Color]) {
    self.vertices = vertices
    self.faces = faces
    self.colors = colors
  }

  /// The corners of a face.
  func corners(_ face: SIMD3<UInt32>) -> (SIMD3<Double>, SIMD3<Double>, SIMD3<Double>) {
    (
      SIMD3<Double>(vertices[Int(face.x)]), SIMD3<Double>(vertices[Int(face.y)]),
      SIMD3<Double>(vertices[Int(face.z)])
    )
  }

  /// The area of all faces together.
  public var area: Double {
    faces.reduce(0) { sum, face in
      let (a, b, c) = corners(face)
      return sum + length(cross(b - a, c - a)) / 2
    }
  }

  /// The volume inside a closed mesh whose faces look outwards, by the divergence theorem.
  public var volume: Double {
    faces.reduce(0) { sum, face in
      let (a, b, c) = corners(face)
      return sum + dot(a, cross(b, c)) / 6
    }
  }

  /// How often each edge is gone along, by the numbers of its ends in the order of the face.
  private var edges: [SIMD2<UInt32>: Int] {
    var counts: [SIMD2<UInt32>: Int] = [:]
    for face in faces {
      for edge in [SIMD2(face.x, face.y), SIMD2(face.y, face.z), SIMD2(face.z, face.x)] {
        counts[edge, default: 0] += 1
      }
    }
    return counts
  }

  /// Whether every edge belongs to two faces, which go along it in opposite directions.
  public var isWatertight: Bool {
    let edges = edges
    return edges.allSatisfy { edge, count in count == 1 && edges[SIMD2(edge.y, edge.x)] == 1 }
  }

  /// Vertices minus edges plus faces, of the vertices that faces use: 2 for a closed surface
  /// without a hole through it.
  public var eulerCharacteristic: Int {
    let used = Set(faces.flatMap { [$0.x, $0.y, $0.z] })
    let lines = Set(edges.keys.map { SIMD2(min($0.x, $0.y), max($0.x, $0.y)) })
    return used.count - lines.count + faces.count
  }
}

/// The vector at right angles to two, whose length is the area between them.
func cross<S: FloatingPoint>(_ a: SIMD3<S>, _ b: SIMD3<S>) -> SIMD3<S> {
  let (x, y, z) = (a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x)
  return SIMD3(x, y, z)
}

/// The sum of the products of two vectors' numbers.
func dot<S: FloatingPoint>(_ a: SIMD3<S>, _ b: SIMD3<S>) -> S { (a * b).sum() }

/// A vector's Euclidean length.
func length<S: FloatingPoint>(_ a: SIMD3<S>) -> S { dot(a, a).squareRoot() }
