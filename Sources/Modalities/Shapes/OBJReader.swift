internal import Foundation

/// Reads an OBJ file: its vertices with their colours, and its faces with those of their materials.
///
/// Wavefront's "Object Files (.obj)", 1992, without its curves; colours after the positions are as
/// several programs write them. A vertex that faces of several materials share is there once for
/// each material. A file without faces is a cloud of its vertices.
struct OBJReader {
  private let bytes: [UInt8]
  private let source: String
  private let materials: (String) throws -> OBJMaterials?

  private var positions: [SIMD3<Float>] = []
  private var tints: [Color?] = []
  private var comments: [String] = []
  /// The colour of the material in use, if it is known.
  private var current: Color?
  private var known: [String: SIMD3<Float>] = [:]
  /// The mesh's vertices so far, and their numbers by the file's vertex and the colour.
  private var vertices: [SIMD3<Float>] = []
  private var colors: [Color] = []
  private var numbers: [Corner: UInt32] = [:]
  private var faces: [SIMD3<UInt32>] = []

  private struct Corner: Hashable {
    let vertex: Int
    let color: Color
  }

  /// - Parameters:
  ///   - data: The whole file.
  ///   - source: What errors call it.
  ///   - materials: Gives a library of materials by its name, if it is to be read.
  init(_ data: Data, source: String, materials: @escaping (String) throws -> OBJMaterials?) {
    bytes = [UInt8](data)
    self.source = source
    self.materials = materials
  }

  /// What is in the file.
  func file() throws -> ShapeFile {
    var reader = self
    var scanner = TextScanner(bytes[...])
    while let words = scanner.words() {
      guard let first = words.first else { continue }
      try reader.read(first.text, words, line: scanner.line)
    }
    let shape =
      reader.faces.isEmpty
      ? try Shape(
        positions: reader.positions, colors: reader.tints.map { $0 ?? .white }, normals: nil,
        faces: [], source: source)
      : try Shape(
        positions: reader.vertices, colors: reader.colors, normals: nil, faces: reader.faces,
        source: source)
    return ShapeFile(shape, record: ShapeRecord.record(reader.comments))
  }

  private mutating func read(
    _ key: String, _ words: [ArraySlice<UInt8>], line: Int
  ) throws {
    switch key {
    case "v": try addVertex(words, line)
    case "f": try addFace(words, line)
    case "#":
      let rest = words.dropFirst().first.map { bytes[$0.startIndex...] } ?? []
      comments.append(rest.prefix { $0 != 10 && $0 != 13 }.text)
    case "mtllib":
      let name = words.dropFirst().map(\.text).joined(separator: " ")
      if let library = try materials(name) { known.merge(library.colors) { $1 } }
    case "usemtl":
      let name = words.dropFirst().map(\.text).joined(separator: " ")
      current = known[name].map { Color(unit: $0) }
    default: break
    }
  }

  private mutating func addVertex(
    _ words: [ArraySlice<UInt8>], _ line: Int
  ) throws(ShapeError) {
    let numbers = words.dropFirst().compactMap(\.number).map { Float($0) }
    // Position; position and weight; position and colour.
    guard [3, 4, 6, 7].contains(words.count - 1), numbers.count == words.count - 1 else {
      throw fault(line, "3, 4, 6 or 7 numbers of a vertex", words)
    }
    let rgb = numbers.count < 6 ? nil : Array(numbers.suffix(3))
    if let rgb, !rgb.allSatisfy({ $0 >= 0 && $0 <= 1 }) {
      throw fault(line, "a colour from 0 to 1", words)
    }
    positions.append(SIMD3(numbers[0], numbers[1], numbers[2]))
    tints.append(rgb.map { Color(unit: SIMD3($0[0], $0[1], $0[2])) })
  }

  /// Adds a polygon as a fan of triangles.
  private mutating func addFace(_ words: [ArraySlice<UInt8>], _ line: Int) throws(ShapeError) {
    guard (3...1 << 16).contains(words.count - 1) else {
      throw fault(line, "3 to 65,536 corners of a face", words)
    }
    var fan: [UInt32] = []
    for word in words.dropFirst() {
      let part = word.prefix { $0 != UInt8(ascii: "/") }
      guard let number = part.integer, number != 0 else {
        throw fault(line, "a vertex's number, from 1 or from -1", words)
      }
      // A negative number counts back from the last vertex.
      let (vertex, overflows) =
        number > 0 ? (number - 1, false) : positions.count.addingReportingOverflow(number)
      guard !overflows, positions.indices.contains(vertex) else {
        throw .index(
          source: "\(source): line \(line)", face: faces.count, vertices: positions.count,
          found: number)
      }
      fan.append(corner(vertex))
    }
    for index in 1..<fan.count - 1 { faces.append(SIMD3(fan[0], fan[index], fan[index + 1])) }
  }

  /// The number of a vertex in the colour of the material, or else in its own.
  private mutating func corner(_ vertex: Int) -> UInt32 {
    let color = tints[vertex] ?? current ?? .white
    let key = Corner(vertex: vertex, color: color)
    if let number = numbers[key] { return number }
    let number = UInt32(vertices.count)
    numbers[key] = number
    vertices.append(positions[vertex])
    colors.append(color)
    return number
  }

  private func fault(
    _ line: Int, _ expected: String, _ words: [ArraySlice<UInt8>]
  ) -> ShapeError {
    .malformed(
      source: source, place: "line \(line)", expected: expected,
      found: words.prefix(8).map { $0.prefix(20).text }.joined(separator: " ").debugDescription)
  }
}

extension ShapeFile {
  /// The file as OBJ, with colours after the positions.
  func objData() throws(ShapeError) -> Data {
    let (positions, colors) = (shape.positions, shape.colors)
    var data = Data()
    if let record {
      for comment in try ShapeRecord.comments(record) {
        data.append(contentsOf: "# \(comment)\n".utf8)
      }
    }
    for (place, color) in zip(positions, colors) {
      let rgb = color.unit
      data.append(
        contentsOf: "v \(place.x) \(place.y) \(place.z) \(rgb.x) \(rgb.y) \(rgb.z)\n".utf8)
    }
    for face in shape.faces {
      data.append(contentsOf: "f \(face.x + 1) \(face.y + 1) \(face.z + 1)\n".utf8)
    }
    return data
  }
}
