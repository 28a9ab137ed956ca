internal import Foundation

/// A picture of a cloud of points, seen from its front, its right and a little above.
public struct PointCloudView: Sendable {
  /// What is behind the points: darker than white ones, lighter than most.
  public static let ground = Color(red: 226, green: 224, blue: 216)

  /// The width and height of the picture in pixels, at least 16.
  public let side: Int
  /// How far to the right the viewer stands, in degrees.
  public let turn: Float
  /// How far above the viewer stands, in degrees.
  public let height: Float

  /// Describes a view.
  /// - Parameters:
  ///   - side: The width and height of the picture in pixels, at least 16.
  ///   - turn: How far to the right the viewer stands, in degrees.
  ///   - height: How far above the viewer stands, in degrees.
  public init(side: Int, turn: Float = 35, height: Float = 22) {
    precondition(side >= 16, "a picture of at least 16 pixels")
    self.side = side
    self.turn = turn
    self.height = height
  }

  /// Draws the points as dots on a plain ground; what is farther is nearer to its colour.
  ///
  /// The view shows the cube from -1 to 1 and nothing of what lies outside of the picture.
  /// - Parameter cloud: The points.
  /// - Returns: An RGB picture.
  /// - Throws: `ImageError`.
  public func image(of cloud: PointCloud) throws(ImageError) -> Image {
    let ground = Self.ground
    var pixels = (0..<side * side).flatMap { _ in [ground.red, ground.green, ground.blue] }
    var depths = [Float](repeating: -.infinity, count: side * side)
    let radius = max(Float(side) / 90, 0.75)
    for (position, color) in zip(cloud.positions, cloud.colors) {
      let seen = rotated(position)
      // A cube's diagonal is √3 of its half side.
      let place = (SIMD2(seen.x, -seen.y) / 3.2 + 0.5) * Float(side)
      let paleness = min(max((1 - seen.z) * 0.14, 0), 0.4)
      let tint = color.unit * (1 - paleness) + ground.unit * paleness
      let (low, high) = ((place - radius).rounded(.down), (place + radius).rounded(.up))
      guard low.max() < Float(side), high.min() >= 0 else { continue }
      for row in Int(max(low.y, 0))...Int(min(high.y, Float(side - 1))) {
        for column in Int(max(low.x, 0))...Int(min(high.x, Float(side - 1))) {
          let offset = SIMD2(Float(column), Float(row)) + 0.5 - place
          let pixel = row * side + column
          guard (offset * offset).sum() <= radius * radius, seen.z > depths[pixel] else { continue }
          depths[pixel] = seen.z
          let dot = Color(unit: tint)
          pixels.replaceSubrange(3 * pixel..<3 * pixel + 3, with: [dot.red, dot.green, dot.blue])
        }
      }
    }
    return try Image(width: side, height: side, channels: .rgb, pixels: pixels)
  }

  /// A place as the viewer has it: right, up, and towards the viewer.
  private func rotated(_ place: SIMD3<Float>) -> SIMD3<Float> {
    let (about, over) = (turn * .pi / 180, height * .pi / 180)
    let (x, z) = (
      cos(about) * place.x - sin(about) * place.z, sin(about) * place.x + cos(about) * place.z
    )
    return SIMD3(x, cos(over) * place.y - sin(over) * z, sin(over) * place.y + cos(over) * z)
  }
}
