internal import Foundation

/// Reads a binary glTF file: the triangles or else the points of its scene, with their colours.
///
/// Colours are those of the vertices times the material's base colour. Textures, strips and fans,
/// sparse accessors and extensions that a file requires are refused or passed over, as glTF lets.
struct GLBReader {
  private let source: String
  private let accessors: GLTFAccessors
  private var positions: [SIMD3<Float>] = []
  private var colors: [Color] = []
  private var faces: [SIMD3<UInt32>] = []
  private var points: [SIMD3<Float>] = []
  private var pointColors: [Color] = []
  private var visited = 0

  private var document: GLTFDocument { accessors.document }

  init(_ data: Data, source: String) throws(ShapeError) {
    self.source = source
    let container = try GLBContainer([UInt8](data), source: source)
    let document: GLTFDocument
    do {
      document = try JSONDecoder().decode(GLTFDocument.self, from: container.json)
    } catch {
      throw .malformed(
        source: source, place: "the chunk of JSON", expected: "a glTF document",
        found: "\(error)")
    }
    accessors = GLTFAccessors(document: document, binary: container.binary, source: source)
  }

  /// What is in the file.
  func file() throws(ShapeError) -> ShapeFile {
    if let needed = document.extensionsRequired, !needed.isEmpty {
      throw accessors.fault("extensionsRequired", "none", needed.joined(separator: ", "))
    }
    var reader = self
    if let scenes = document.scenes, !scenes.isEmpty {
      let scene = try accessors.element(scenes, document.scene ?? 0, "scene")
      for node in scene.nodes ?? [] { try reader.walk(node, .identity, depth: 0) }
    } else {
      for mesh in (document.meshes ?? []).indices { try reader.add(mesh: mesh, .identity) }
    }
    let hasFaces = !reader.faces.isEmpty
    let shape = try Shape(
      positions: hasFaces ? reader.positions : reader.points,
      colors: hasFaces ? reader.colors : reader.pointColors, normals: nil, faces: reader.faces,
      source: source)
    return ShapeFile(shape, record: document.asset.extras?.inkwell)
  }

  private mutating func walk(
    _ index: Int, _ above: GLTFTransform, depth: Int
  ) throws(ShapeError) {
    visited += 1
    guard depth < 64, visited <= 1 << 16 else {
      throw accessors.fault("node \(index)", "a tree of at most 65,536 nodes, 64 deep", "more")
    }
    let node = try accessors.element(document.nodes, index, "node")
    guard let own = GLTFTransform(node) else {
      throw accessors.fault(
        "node \(index)", "16 numbers of a matrix, or 3, 4 and 3 of its parts", "others")
    }
    let whole = above.after(own)
    if let mesh = node.mesh { try add(mesh: mesh, whole) }
    for child in node.children ?? [] { try walk(child, whole, depth: depth + 1) }
  }

  private mutating func add(mesh index: Int, _ transform: GLTFTransform) throws(ShapeError) {
    let mesh = try accessors.element(document.meshes, index, "mesh")
    for primitive in mesh.primitives {
      let mode = primitive.mode ?? 4
      guard mode == 0 || mode == 4 else {
        throw accessors.fault("mesh \(index)", "points or triangles, mode 0 or 4", "mode \(mode)")
      }
      let places = try positions(of: primitive, transform, "mesh \(index)")
      let tints = try colors(of: primitive, count: places.count)
      let total = positions.count + points.count + places.count
      guard total <= PointCloud.pointLimit else {
        throw .tooLarge(
          source: source, what: "vertices", limit: PointCloud.pointLimit, found: total)
      }
      if mode == 0 {
        points += places
        pointColors += tints
      } else {
        try addTriangles(of: primitive, count: places.count, isMirror: transform.isMirror)
        positions += places
        colors += tints
      }
    }
  }

  private func positions(
    of primitive: GLTFDocument.Primitive, _ transform: GLTFTransform, _ place: String
  ) throws(ShapeError) -> [SIMD3<Float>] {
    guard let index = primitive.attributes["POSITION"] else {
      throw accessors.fault(place, "an attribute POSITION", "none")
    }
    let table = try accessors.table(index, "POSITION", types: ["VEC3"])
    return (0..<table.count).map { row in
      let values = table.values[3 * row..<3 * row + 3]
      let start = values.startIndex
      return SIMD3<Float>(
        transform(SIMD3(values[start], values[start + 1], values[start + 2])))
    }
  }

  private func colors(
    of primitive: GLTFDocument.Primitive, count: Int
  ) throws(ShapeError) -> [Color] {
    var base = SIMD3<Float>.one
    if let index = primitive.material {
      let material = try accessors.element(document.materials, index, "material")
      if let factor = material.pbrMetallicRoughness?.baseColorFactor, factor.count == 4 {
        base = SIMD3(Float(factor[0]), Float(factor[1]), Float(factor[2]))
      }
    }
    guard (0..<3).allSatisfy({ base[$0].isFinite }) else {
      throw accessors.fault("a material", "a finite colour", "\(base)")
    }
    guard let index = primitive.attributes["COLOR_0"] else {
      return Array(repeating: Color(unit: base), count: count)
    }
    let table = try accessors.table(index, "COLOR_0", types: ["VEC3", "VEC4"])
    try PointCloud.check(count: table.count, "colours", for: count, source: source)
    guard table.values.allSatisfy(\.isFinite) else {
      throw accessors.fault("COLOR_0", "finite numbers", "others")
    }
    return (0..<count).map { row in
      let rgb = table.values[table.width * row..<table.width * row + 3].map { Float($0) }
      return Color(unit: base * SIMD3(rgb[0], rgb[1], rgb[2]))
    }
  }

  /// Adds faces whose vertices come after all so far.
  private mutating func addTriangles(
    of primitive: GLTFDocument.Primitive, count: Int, isMirror: Bool
  ) throws(ShapeError) {
    let numbers: [Double]
    if let index = primitive.indices {
      numbers = try accessors.table(index, "indices", types: ["SCALAR"]).values
    } else {
      numbers = (0..<count).map { Double($0) }
    }
    guard numbers.count.isMultiple(of: 3) else {
      throw accessors.fault("indices", "three for each triangle", "\(numbers.count)")
    }
    if let bad = numbers.firstIndex(where: { !($0 >= 0 && $0 < Double(count)) }) {
      throw .index(
        source: source, face: bad / 3, vertices: count, found: Int(exactly: numbers[bad]) ?? -1)
    }
    let base = UInt32(positions.count)
    for place in stride(from: 0, to: numbers.count, by: 3) {
      let corners = (0..<3).map { base + UInt32(numbers[place + $0]) }
      faces.append(
        isMirror
          ? SIMD3(corners[0], corners[2], corners[1]) : SIMD3(corners[0], corners[1], corners[2]))
    }
  }
}
