internal import Foundation
internal import Modalities

/// What a library of Sweet Home 3D says of its models: `PluginFurnitureCatalog.properties`.
struct FurnitureCatalog {
  /// A model of a library.
  struct Model: Equatable {
    /// What tells it from all others of the library.
    let id: String
    /// Its English name.
    let name: String
    /// Where in a home it belongs.
    let category: String
    /// Who made it.
    let author: String
    /// The path of its OBJ file in the library.
    let path: String
    /// The path of its picture in the library, if it has one.
    let icon: String?
    /// Its width, height and depth in centimetres.
    let size: SIMD3<Float>
    /// The rows of the matrix that turns it upright, if it is not so in its file.
    let rotation: [Float]?
  }

  let models: [Model]

  /// Reads a catalogue: Java's properties, in Latin-1 with `\uXXXX` for other letters.
  ///
  /// - Parameters:
  ///   - bytes: The file.
  ///   - source: What errors call it.
  /// - Throws: `DatasetError` where a model lacks something, or for a file without models.
  init(_ bytes: Data, source: String) throws(DatasetError) {
    var values: [String: (value: String, line: Int)] = [:]
    for (number, line) in bytes.split(separator: UInt8(ascii: "\n")).enumerated() {
      let text = String(String.UnicodeScalarView(line.map { Unicode.Scalar($0) })).trimmed
      guard !text.hasPrefix("#"), let equals = text.firstIndex(of: "=") else { continue }
      values[String(text[..<equals]).trimmed] = (
        Self.unescaped(String(text[text.index(after: equals)...])).trimmed, number + 1
      )
    }
    var models: [Model] = []
    while values["id#\(models.count + 1)"] != nil {
      models.append(try Model(number: models.count + 1, values, source: source))
    }
    guard !models.isEmpty else {
      throw .missing(path: source, hint: "It ought to name models: id#1, name#1 and so on.")
    }
    self.models = models
  }

  /// The text with its `\uXXXX` as letters.
  private static func unescaped(_ text: String) -> String {
    let parts = text.components(separatedBy: "\\u")
    return parts.dropFirst().reduce(parts[0]) { result, part in
      guard let code = UInt32(part.prefix(4), radix: 16), let scalar = Unicode.Scalar(code) else {
        return result + "\\u" + part
      }
      return result + String(scalar) + part.dropFirst(4)
    }
  }
}

extension FurnitureCatalog.Model {
  /// The model of a number, from the values by key, each with its line.
  fileprivate init(
    number: Int, _ values: [String: (value: String, line: Int)], source: String
  ) throws(DatasetError) {
    let line = values["id#\(number)"]?.line ?? 0
    func value(_ key: String) throws(DatasetError) -> String {
      guard let found = values["\(key)#\(number)"], !found.value.isEmpty else {
        throw .malformedLine(
          file: source, line: line, expected: "a model with a \(key)", found: "none")
      }
      return found.value
    }
    func numbers(_ key: String, _ count: Int) throws(DatasetError) -> [Float] {
      let text = try value(key)
      let numbers = text.split(separator: " ").compactMap { Float($0) }.filter(\.isFinite)
      guard numbers.count == count else {
        throw .malformedLine(
          file: source, line: values["\(key)#\(number)"]?.line ?? line,
          expected: "\(count) finite numbers of \(key)", found: text)
      }
      return numbers
    }
    id = try value("id")
    name = try value("name")
    category = try value("category")
    author = try value("creator")
    path = try value("model")
    icon = values["icon#\(number)"]?.value
    size = SIMD3(
      try numbers("width", 1)[0], try numbers("height", 1)[0], try numbers("depth", 1)[0])
    rotation = values["modelRotation#\(number)"] == nil ? nil : try numbers("modelRotation", 9)
    guard size.min() > 0 else {
      throw .malformedLine(
        file: source, line: line, expected: "a width, a height and a depth above 0",
        found: "\(size)")
    }
  }

  /// A mesh of the model's file as it stands in a home: upright, its front to the viewer, and of
  /// the model's size.
  func placed(_ mesh: Mesh) throws(ShapeError) -> Mesh {
    let turned = mesh.vertices.map { vertex in
      guard let m = rotation else { return vertex }
      return SIMD3(
        (SIMD3(m[0], m[1], m[2]) * vertex).sum(), (SIMD3(m[3], m[4], m[5]) * vertex).sum(),
        (SIMD3(m[6], m[7], m[8]) * vertex).sum())
    }
    let used = mesh.faces.flatMap { [turned[Int($0.x)], turned[Int($0.y)], turned[Int($0.z)]] }
    let low = used.reduce(used[0]) { pointwiseMin($0, $1) }
    let high = used.reduce(used[0]) { pointwiseMax($0, $1) }
    var scale = SIMD3<Float>.one
    for axis in 0..<3 where high[axis] > low[axis] { scale[axis] = size[axis] / (high - low)[axis] }
    return try Mesh(
      vertices: turned.map { ($0 - low) * scale }, faces: mesh.faces, colors: mesh.colors,
      source: path)
  }
}
