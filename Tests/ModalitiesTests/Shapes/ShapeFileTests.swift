import Foundation
import Modalities
import TestSupport
import Testing

/// Shapes as others write them, made by Tests/Golden/shapes.py.
struct ShapeCase: Decodable, Sendable, CustomTestStringConvertible {
  let name: String
  let format: String
  let file: Data
  let vertices: [Float]
  let faces: [UInt32]
  let colors: [UInt8]

  var testDescription: String { name }

  static func all() throws -> [ShapeCase] {
    try JSONDecoder().decode([ShapeCase].self, from: Data(contentsOf: Golden.file("shapes.json")))
  }
}

/// A tetrahedron with a colour at each corner.
func tetrahedron() throws -> Mesh {
  try Mesh(
    vertices: [SIMD3(0, 0, 0), SIMD3(1, 0, 0), SIMD3(0, 1, 0), SIMD3(0, 0, 1)],
    faces: [SIMD3(0, 2, 1), SIMD3(0, 1, 3), SIMD3(0, 3, 2), SIMD3(1, 2, 3)],
    colors: [
      Color(red: 255, green: 0, blue: 0), Color(red: 0, green: 255, blue: 0),
      Color(red: 0, green: 0, blue: 255), Color(red: 200, green: 100, blue: 50),
    ])
}

@Suite("shape files")
struct ShapeFileTests {
  static let record = "{\"prompt\":\"a “tetrahedron”\"}"

  static func shapes() throws -> [Shape] {
    let mesh = try tetrahedron()
    return [
      .mesh(mesh), .points(try PointCloud(positions: mesh.vertices, colors: mesh.colors)),
    ]
  }

  @Test("what others write is read as they meant it", arguments: try ShapeCase.all())
  func readsLikeReferences(_ expected: ShapeCase) throws {
    let format = try ShapeFormat(fileName: "x.\(expected.format)")
    let shape = try ShapeFile(decoding: expected.file, as: format).shape
    let found = shape.positions.flatMap { [$0.x, $0.y, $0.z] }
    let faces = if case .mesh(let mesh) = shape { mesh.faces } else { [SIMD3<UInt32>]() }
    // The references' own order of vertices is not kept where colours part them, so corners are
    // compared, which all of these faces name.
    if faces.isEmpty {
      #expect(found == expected.vertices)
      #expect(shape.colors.flatMap { [$0.red, $0.green, $0.blue] } == expected.colors)
    } else {
      #expect(faces.count * 3 == expected.faces.count)
      let corners = faces.flatMap { [$0.x, $0.y, $0.z] }
      for (corner, other) in zip(corners, expected.faces) {
        let place = shape.positions[Int(corner)]
        let wanted = expected.vertices[3 * Int(other)..<3 * Int(other) + 3]
        // Text has eight decimals, and a moved node a rounding.
        for (a, b) in zip([place.x, place.y, place.z], wanted) { #expect(abs(a - b) < 5e-7) }
        let color = shape.colors[Int(corner)]
        #expect(
          [color.red, color.green, color.blue]
            == Array(expected.colors[3 * Int(other)..<3 * Int(other) + 3]))
      }
    }
  }

  @Test("a shape and its record come back as they were", arguments: ShapeFormat.allCases)
  func roundTrips(format: ShapeFormat) throws {
    for shape in try Self.shapes() {
      let file = ShapeFile(shape, record: Self.record)
      let back = try ShapeFile(decoding: file.encoded(as: format), as: format)
      // A mesh's vertices are numbered by their first corner in OBJ; here they are 0, 2, 1, 3.
      if case .mesh(let mesh) = back.shape, case .obj = format {
        #expect(mesh.faces[0] == SIMD3(0, 1, 2) && abs(mesh.volume - 1 / 6) < 1e-12)
        #expect(mesh.colors[1] == Color(red: 0, green: 0, blue: 255) && mesh.isWatertight)
      } else {
        #expect(back.shape == shape)
      }
      let (said, meant) = try (
        JSONDecoder().decode([String: String].self, from: Data(#require(back.record).utf8)),
        JSONDecoder().decode([String: String].self, from: Data(Self.record.utf8))
      )
      #expect(said == meant)
    }
  }

  @Test("normals are kept in PLY, and records of several lines in all formats")
  func normals() throws {
    let cloud = try PointCloud(
      positions: [SIMD3(1, -2, 1e-30), SIMD3(0.1, 0.2, 0.3)], colors: [.black, .white],
      normals: [SIMD3(0, 1, 0), SIMD3(0.6, 0, -0.8)])
    let file = ShapeFile(.points(cloud), record: "{\n  \"seed\": 7\n}")
    for format in [ShapeFormat.ply, .plyText] {
      #expect(try ShapeFile(decoding: file.encoded(as: format), as: format) == file)
    }
    for format in [ShapeFormat.obj, .glb] {
      let back = try ShapeFile(decoding: file.encoded(as: format), as: format)
      #expect(back.record == file.record && back.shape.positions == cloud.positions)
    }
    #expect(throws: ShapeError.self) {
      try ShapeFile(.points(cloud), record: "{\r}").encoded(as: .ply)
    }
  }

  @Test("the bytes are those that the references were given to read")
  func writesTheSameBytes() throws {
    let (mesh, points) = (try Self.shapes()[0], try Self.shapes()[1])
    for (name, shape, format) in [
      ("mesh.obj", mesh, ShapeFormat.obj), ("mesh.ply", mesh, .ply), ("mesh.glb", mesh, .glb),
      ("points.ply", points, .ply), ("text.ply", points, .plyText), ("points.glb", points, .glb),
    ] {
      let bytes = try ShapeFile(shape, record: Self.record).encoded(as: format)
      #expect(try Data(contentsOf: Golden.file("written/\(name)")) == bytes, "\(name)")
    }
  }

  @Test("an OBJ's faces have the colours of their materials, from the library beside it")
  func materials() throws {
    let folder = try TemporaryFolder()
    let picture = Image(width: 2, height: 2, color: Color(red: 51, green: 102, blue: 255))
    try picture.save(to: folder.file("wood.png"))
    try folder.write(
      """
      newmtl red
      Kd 1 0 0
      newmtl wood
      map_Kd wood.png
      Kd 1 0.5 1

      """.utf8, to: "a.mtl")
    let url = try folder.write(
      """
      mtllib a.mtl
      v 0 0 0
      v 1 0 0
      v 1 1 0
      v 0 1 0
      usemtl red
      f 1//1 2//1 3//1
      usemtl wood
      f -4/1 -2/2 -1/3
      usemtl other
      f 1 2 3 4
      """.utf8, to: "a.obj")
    guard case .mesh(let mesh) = try ShapeFile(contentsOf: url).shape else {
      Issue.record("expected a mesh")
      return
    }
    #expect(mesh.faces.count == 4 && mesh.vertices.count == 10)
    let colors = mesh.faces.map { mesh.colors[Int($0.x)] }
    #expect(colors[0] == Color(red: 255, green: 0, blue: 0))
    #expect(colors[1] == Color(red: 51, green: 51, blue: 255))
    #expect(colors[2] == .white && colors[3] == .white)
    #expect(mesh.vertices[Int(mesh.faces[1].y)] == SIMD3(1, 1, 0))
  }

  @Test("a file is whole or not there, and its name says the format")
  func saves() throws {
    let folder = try TemporaryFolder()
    let file = ShapeFile(.mesh(try tetrahedron()), record: "{}")
    for name in ["a.ply", "b.GLB", "c.obj"] {
      try file.save(to: folder.file(name))
      #expect(try ShapeFile(contentsOf: folder.file(name)).record == "{}")
    }
    #expect(throws: ShapeError.unknownExtension("d.stl")) {
      try file.save(to: folder.file("d.stl"))
    }
    #expect(try folder.contents() == ["a.ply", "b.GLB", "c.obj"])
  }
}
