internal import Files
public import Foundation
internal import Modalities

/// A page that turns shapes in a browser: one HTML file that needs no network.
public struct ShapePage: Sendable {
  private let shapes: [MadeShape]

  /// A page of shapes.
  public init(_ shapes: [MadeShape]) {
    self.shapes = shapes
  }

  /// A shape as the page's script reads it; numbers are little-endian, in base 64.
  private struct Entry: Encodable {
    let prompt: String
    let about: String
    /// Three float32 for each point or vertex.
    let places: Data
    /// Three bytes for each point or vertex.
    let colors: Data
    /// Three uint32 for each triangle; none for points.
    let faces: Data?
  }

  /// The file.
  public var html: Data {
    get throws {
      let encoder = JSONEncoder()
      // A slash is escaped, so that no text can end the script that the data is in.
      encoder.outputFormatting = [.sortedKeys]
      let data = String(decoding: try encoder.encode(shapes.map(Self.entry)), as: UTF8.self)
      let page = String(decoding: PackageResources.shapes_html, as: UTF8.self)
      return Data(page.replacing("/*SHAPES*/", with: data.replacing("<", with: "\\u003c")).utf8)
    }
  }

  /// Writes the page, which is whole or not there.
  ///
  /// - Parameter url: The file. What was there is replaced.
  /// - Throws: A `FileError`.
  public func write(to url: URL) throws { try AtomicFile.write(try html, to: url) }

  private static func entry(_ made: MadeShape) -> Entry {
    let faces: [SIMD3<UInt32>]
    switch made.shape {
    case .points: faces = []
    case .mesh(let mesh): faces = mesh.faces
    }
    let colors = made.shape.colors.flatMap { [$0.red, $0.green, $0.blue] }
    let count = made.shape.positions.count
    return Entry(
      prompt: made.prompt,
      about: "seed \(made.seed), "
        + (faces.isEmpty ? "\(count) points" : "\(faces.count) triangles"),
      places: data(made.shape.positions.flatMap { [$0.x, $0.y, $0.z].map(\.bitPattern) }),
      colors: Data(colors),
      faces: faces.isEmpty ? nil : data(faces.flatMap { [$0.x, $0.y, $0.z] }))
  }

  private static func data(_ words: [UInt32]) -> Data {
    Data(words.flatMap { word in (0..<4).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) } })
  }
}
