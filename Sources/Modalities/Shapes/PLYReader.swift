internal import Foundation

/// Reads a PLY file: its vertices with colours and normals, and its faces; the rest is passed over.
struct PLYReader {
  private let bytes: [UInt8]
  private let source: String
  private var positions: [SIMD3<Float>] = []
  private var colors: [Color]?
  private var normals: [SIMD3<Float>]?
  private var faces: [SIMD3<UInt32>] = []

  init(_ data: Data, source: String) {
    bytes = [UInt8](data)
    self.source = source
  }

  /// What is in the file.
  func file() throws(ShapeError) -> ShapeFile {
    var reader = self
    let header = try PLYHeader(bytes, source: source)
    guard header.elements.contains(where: { $0.name == "vertex" }) else {
      throw .empty(source: source, expected: "an element vertex")
    }
    var values = PLYValues(bytes, after: header, source: source)
    for element in header.elements {
      try reader.check(element, values.rest, header.encoding)
      switch element.name {
      case "vertex": try reader.readVertices(element, &values)
      case "face": try reader.readFaces(element, &values)
      default: try reader.pass(element, &values)
      }
    }
    let shape = try Shape(
      positions: reader.positions, colors: reader.colors, normals: reader.normals,
      faces: reader.faces, source: source)
    return ShapeFile(shape, record: ShapeRecord.record(header.comments))
  }

  /// Refuses a count for which the file is too short, before memory is taken for it.
  private func check(
    _ element: PLYHeader.Element, _ rest: Int, _ encoding: PLYHeader.Encoding
  ) throws(ShapeError) {
    let limit = PointCloud.pointLimit
    guard element.count <= limit else {
      throw .tooLarge(
        source: source, what: "of element \(element.name)", limit: limit, found: element.count)
    }
    // The last word of a text need have nothing after it.
    let least = element.count * element.leastSize(encoding)
    guard element.count == 0 || !element.properties.isEmpty else {
      throw .empty(source: source, expected: "properties of element \(element.name)")
    }
    guard least - (encoding == .ascii ? 1 : 0) <= rest else {
      throw .truncated(
        source: source,
        expected: "at least \(least) more bytes for \(element.count) of element \(element.name)",
        found: bytes.count)
    }
  }

  private mutating func readVertices(
    _ element: PLYHeader.Element, _ values: inout PLYValues
  ) throws(ShapeError) {
    let place = try columns(["x", "y", "z"], of: element, required: true) ?? []
    let tint = try columns(["red", "green", "blue"], of: element, required: false)
    let normal = try columns(["nx", "ny", "nz"], of: element, required: false)
    if tint != nil { colors = [] }
    if normal != nil { normals = [] }
    var row = [Double](repeating: 0, count: element.properties.count)
    for _ in 0..<element.count {
      for (index, property) in element.properties.enumerated() {
        row[index] = try value(of: property, &values)
      }
      positions.append(vector(row, place))
      if let normal {
        let direction = vector(row, normal)
        normals?.append(direction)
      }
      if let tint {
        let color = try color(row, tint, element, values.position)
        colors?.append(color)
      }
    }
  }

  /// The places of properties in an element; none if they are all lacking and not required.
  private func columns(
    _ names: [String], of element: PLYHeader.Element, required: Bool
  ) throws(ShapeError) -> [Int]? {
    let found = names.compactMap { name in
      element.properties.firstIndex { $0.name == name && $0.countKind == nil }
    }
    if found.isEmpty && !required { return nil }
    guard found.count == names.count else {
      throw .malformed(
        source: source, place: "element \(element.name)",
        expected: "properties \(names.joined(separator: ", "))",
        found: element.properties.map(\.name).joined(separator: ", "))
    }
    return found
  }

  private func vector(_ row: [Double], _ columns: [Int]) -> SIMD3<Float> {
    SIMD3(Float(row[columns[0]]), Float(row[columns[1]]), Float(row[columns[2]]))
  }

  /// A colour of whole numbers to 255, or of fractions to 1.
  private func color(
    _ row: [Double], _ columns: [Int], _ element: PLYHeader.Element, _ position: String
  ) throws(ShapeError) -> Color {
    let scale: Double = element.properties[columns[0]].kind.isFloat ? 1 : 255
    let rgb = columns.map { row[$0] / scale }
    guard rgb.allSatisfy({ $0 >= 0 && $0 <= 1 }) else {
      throw .malformed(
        source: source, place: position, expected: "a colour from 0 to \(Int(scale))",
        found: "\(columns.map { row[$0] })")
    }
    return Color(unit: SIMD3(Float(rgb[0]), Float(rgb[1]), Float(rgb[2])))
  }

  private mutating func readFaces(
    _ element: PLYHeader.Element, _ values: inout PLYValues
  ) throws(ShapeError) {
    let names = ["vertex_indices", "vertex_index"]
    let isCorners = { (property: PLYHeader.Property) in
      names.contains(property.name) && property.countKind != nil && !property.kind.isFloat
    }
    guard element.properties.contains(where: isCorners) || element.count == 0 else {
      throw .malformed(
        source: source, place: "element face", expected: "a list vertex_indices of whole numbers",
        found: element.properties.map(\.name).joined(separator: ", "))
    }
    for number in 0..<element.count {
      for property in element.properties {
        guard isCorners(property) else {
          _ = try value(of: property, &values)
          continue
        }
        try addFace(number, try list(property, &values))
      }
    }
  }

  /// Adds a polygon as a fan of triangles.
  private mutating func addFace(_ number: Int, _ corners: [Double]) throws(ShapeError) {
    guard corners.count >= 3 else {
      throw .malformed(
        source: source, place: "face \(number)", expected: "at least 3 vertices",
        found: "\(corners.count)")
    }
    for corner in corners where !(corner >= 0 && corner < Double(UInt32.max)) {
      throw .malformed(
        source: source, place: "face \(number)", expected: "the number of a vertex",
        found: "\(corner)")
    }
    let fan = corners.map { UInt32($0) }
    for index in 1..<fan.count - 1 { faces.append(SIMD3(fan[0], fan[index], fan[index + 1])) }
  }

  private func pass(
    _ element: PLYHeader.Element, _ values: inout PLYValues
  ) throws(ShapeError) {
    for _ in 0..<element.count {
      for property in element.properties { _ = try value(of: property, &values) }
    }
  }

  /// A number; of a list, which nothing here wants, 0.
  private func value(
    of property: PLYHeader.Property, _ values: inout PLYValues
  ) throws(ShapeError) -> Double {
    guard property.countKind != nil else { return try values.next(property.kind) }
    _ = try list(property, &values)
    return 0
  }

  private func list(
    _ property: PLYHeader.Property, _ values: inout PLYValues
  ) throws(ShapeError) -> [Double] {
    let count = try values.next(property.countKind ?? .uint8)
    guard count >= 0, count <= 65_536, count == count.rounded() else {
      throw .malformed(
        source: source, place: values.position, expected: "a list of 0 to 65,536 numbers",
        found: "\(count)")
    }
    var numbers: [Double] = []
    for _ in 0..<Int(count) { numbers.append(try values.next(property.kind)) }
    return numbers
  }
}
