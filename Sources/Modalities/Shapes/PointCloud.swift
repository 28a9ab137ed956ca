public import Torch

/// Points in space with a colour each.
///
/// The axes are those of glTF: y points up, and z to the viewer.
public struct PointCloud: Sendable, Equatable {
  /// The most points that a cloud may have.
  public static let pointLimit = 1 << 26

  /// Where the points are, finite.
  public let positions: [SIMD3<Float>]
  /// A colour for each point.
  public let colors: [Color]
  /// A direction for each point, if they are known.
  public let normals: [SIMD3<Float>]?

  /// Makes a cloud of points.
  /// - Parameters:
  ///   - positions: Where the points are: at least one, finite.
  ///   - colors: A colour for each point.
  ///   - normals: A direction for each point.
  ///   - source: What to name in errors.
  /// - Throws: `ShapeError` if there is no point, the counts differ or a number is not finite.
  public init(
    positions: [SIMD3<Float>], colors: [Color], normals: [SIMD3<Float>]? = nil,
    source: String = "a point cloud"
  ) throws(ShapeError) {
    guard !positions.isEmpty else { throw .empty(source: source, expected: "points") }
    guard positions.count <= Self.pointLimit else {
      throw .tooLarge(
        source: source, what: "points", limit: Self.pointLimit, found: positions.count)
    }
    try Self.check(count: colors.count, "colours", for: positions.count, source: source)
    try Self.checkFinite(positions, "point", source: source)
    if let normals {
      try Self.check(count: normals.count, "normals", for: positions.count, source: source)
      try Self.checkFinite(normals, "normal", source: source)
    }
    self.init(checked: positions, colors: colors, normals: normals)
  }

  init(checked positions: [SIMD3<Float>], colors: [Color], normals: [SIMD3<Float>]?) {
    self.positions = positions
    self.colors = colors
    self.normals = normals
  }

  /// The number of points, at least 1.
  public var count: Int { positions.count }

  static func check(
    count: Int, _ what: String, for points: Int, source: String
  ) throws(ShapeError) {
    guard count == points else {
      throw .shape(
        source: source, expected: "\(points) \(what), one for each point", found: "\(count)")
    }
  }

  static func checkFinite(
    _ vectors: [SIMD3<Float>], _ what: String, source: String
  ) throws(ShapeError) {
    let bad = vectors.firstIndex { !($0.x.isFinite && $0.y.isFinite && $0.z.isFinite) }
    if let bad { throw .notFinite(source: source, what: what, index: bad) }
  }
}

extension PointCloud {
  /// The positions, `[points, 3]`, float32.
  public var positionTensor: Tensor {
    Tensor(positions.flatMap { [$0.x, $0.y, $0.z] }, shape: [count, 3])
  }

  /// The colours, `[points, 3]`, float32 in [0, 255].
  public var colorTensor: Tensor {
    Tensor(
      colors.flatMap { [Float($0.red), Float($0.green), Float($0.blue)] }, shape: [count, 3])
  }

  /// A cloud of tensors' numbers.
  /// - Parameters:
  ///   - positions: `[points, 3]`.
  ///   - colors: `[points, 3]`, rounded, and those beyond 0 and 255 set to the nearer of the two.
  /// - Throws: `ShapeError` for other shapes or numbers that are not finite.
  public init(positions: Tensor, colors: Tensor) throws {
    let sizes = positions.shape.sizes
    for tensor in [positions, colors] {
      let found = tensor.shape.sizes
      guard found.count == 2, found[1] == 3, found == sizes else {
        throw ShapeError.shape(
          source: "a tensor", expected: "shape [points, 3] of positions and of colours alike",
          found: "\(found)")
      }
    }
    let (places, tints) = try checked {
      (
        positions.converted(to: .float32).values(as: Float.self),
        colors.converted(to: .float32).values(as: Float.self)
      )
    }
    if let bad = tints.firstIndex(where: { !$0.isFinite }) {
      throw ShapeError.notFinite(source: "a tensor", what: "colour", index: bad / 3)
    }
    try self.init(
      positions: stride(from: 0, to: places.count, by: 3).map {
        SIMD3(places[$0], places[$0 + 1], places[$0 + 2])
      },
      colors: stride(from: 0, to: tints.count, by: 3).map {
        Color(unit: SIMD3(tints[$0], tints[$0 + 1], tints[$0 + 2]) / 255)
      }, source: "a tensor")
  }
}

extension Color {
  /// The nearest colour to red, green and blue in [0, 1]; what lies beyond is set to the ends.
  init(unit rgb: SIMD3<Float>) {
    let bytes = (rgb.clamped(lowerBound: .zero, upperBound: .one) * 255).rounded(
      .toNearestOrAwayFromZero)
    self.init(red: UInt8(bytes.x), green: UInt8(bytes.y), blue: UInt8(bytes.z))
  }

  /// Red, green and blue in [0, 1].
  var unit: SIMD3<Float> { SIMD3(Float(red), Float(green), Float(blue)) / 255 }
}
