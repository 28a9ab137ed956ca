/// Where a node of a glTF document puts its mesh: an affine map.
struct GLTFTransform {
  /// The images of the three axes, and of the origin.
  private var columns: [SIMD3<Double>]

  static let identity = GLTFTransform(
    columns: [SIMD3(1, 0, 0), SIMD3(0, 1, 0), SIMD3(0, 0, 1), .zero])

  private init(columns: [SIMD3<Double>]) { self.columns = columns }

  /// The map that a node says: a matrix, or a scale, a rotation and a translation.
  ///
  /// - Returns: Nothing if its numbers are not as many as they ought to be.
  init?(_ node: GLTFDocument.Node) {
    if let matrix = node.matrix {
      guard matrix.count == 16 else { return nil }
      columns = (0..<4).map { SIMD3(matrix[4 * $0], matrix[4 * $0 + 1], matrix[4 * $0 + 2]) }
      return
    }
    let (move, turn) = (node.translation ?? [0, 0, 0], node.rotation ?? [0, 0, 0, 1])
    let scale = node.scale ?? [1, 1, 1]
    guard move.count == 3, turn.count == 4, scale.count == 3 else { return nil }
    let (axis, w) = (SIMD3(turn[0], turn[1], turn[2]), turn[3])
    let axes = Self.identity.columns.prefix(3)
    columns = zip(axes, scale).map { unit, factor in
      // A vector turned by a unit quaternion.
      let twice = 2 * cross(axis, unit)
      return factor * (unit + w * twice + cross(axis, twice))
    }
    columns.append(SIMD3(move[0], move[1], move[2]))
  }

  /// The image of a point.
  func callAsFunction(_ point: SIMD3<Double>) -> SIMD3<Double> {
    linear(point) + columns[3]
  }

  private func linear(_ v: SIMD3<Double>) -> SIMD3<Double> {
    v.x * columns[0] + v.y * columns[1] + v.z * columns[2]
  }

  /// Another map, and then this one.
  func after(_ other: GLTFTransform) -> GLTFTransform {
    GLTFTransform(columns: other.columns.prefix(3).map(linear) + [self(other.columns[3])])
  }

  /// Whether it turns a shape into its mirror image.
  var isMirror: Bool { dot(columns[0], cross(columns[1], columns[2])) < 0 }
}
