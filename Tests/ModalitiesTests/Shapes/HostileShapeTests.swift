import Foundation
import Modalities
import TestSupport
import Torch
import Testing

@Suite("hostile files of shapes")
struct HostileShapeTests {
  private func error(_ text: String, as format: ShapeFormat = .ply) -> String {
    let error = #expect(throws: ShapeError.self) {
      try ShapeFile(decoding: Data(text.utf8), as: format, source: "x")
    }
    return error?.description ?? ""
  }

  private static let vertices = "property float x\nproperty float y\nproperty float z\n"

  @Test("counts beyond the file's size are refused before memory is taken")
  func counts() throws {
    for format in ["ascii", "binary_little_endian"] {
      let header = "ply\nformat \(format) 1.0\nelement vertex 60000000\n\(Self.vertices)"
      #expect(error(header + "end_header\n1 2 3\n").contains("ends too early"))
    }
    #expect(
      error("ply\nformat ascii 1.0\nelement vertex 9000000000\n\(Self.vertices)end_header\n")
        .contains("too large"))
    #expect(
      error("ply\nformat ascii 1.0\nelement vertex 9\nend_header\n").contains("properties"))
    #expect(error("ply\nformat ascii 1.0\nelement vertex -1\nend_header\n").contains("line 3"))
  }

  @Test(
    "broken headers and numbers are named with their line",
    arguments: [
      ("", "expected ply"), ("ply", "expected ply"), ("ply\nformat ascii 1.0\n", "end_header"),
      ("ply\nformat strange 1.0\nend_header\n", "line 2"), ("ply\nend_header\n", "format"),
      ("ply\nproperty float x\n", "line 2"), ("ply\nelement a 1\nelement a 1\n", "line 3"),
      ("ply\nelement a 1\nproperty list float int b\n", "whole count"),
      ("ply\nelement a 1\nproperty word b\n", "type of number"),
      ("ply\nelement a 1\nproperty int b c d e\n", "property, a type"),
      ("ply\nwhat\n", "line 2"), ("ply\nformat ascii 1.0\nend_header\n", "vertex"),
      ("ply\nformat ascii 1.0\nelement vertex 1\nproperty float x\nend_header\n1 2\n", "x, y, z"),
    ])
  func headers(text: String, expected: String) {
    #expect(error(text).contains(expected))
  }

  @Test(
    "numbers that make no shape are refused",
    arguments: [
      ("1 2 nan\n0 0 0\n3 0 1 1\n", "finite"), ("1 2 1e99\n0 0 0\n3 0 1 1\n", "finite"),
      ("1 2 word\n0 0 0\n3 0 1 1\n", "a number"), ("1 2 3\n0 0 0\n3 0 1 2\n", "number 2"),
      ("1 2 3\n0 0 0\n3 0 1 -1\n", "number of a vertex"), ("1 2 3\n0 0 0\n2 0 1\n", "3 vertices"),
      ("1 2 3\n0 0 0\n3 0 1 nan\n", "number of a vertex"), ("1 2 3\n0 0 0\n1e9 0\n", "a list"),
      ("1 2 3\n0 0 0\n3 0 1\n", "too early"),
    ])
  func numbers(text: String, expected: String) {
    let header =
      "ply\nformat ascii 1.0\nelement vertex 2\n\(Self.vertices)element face 1\n"
      + "property list uchar int vertex_indices\nend_header\n"
    #expect(error(header + text).contains(expected))
  }

  @Test("colours out of range, and faces without a list, are refused")
  func colors() {
    let tint = ["red", "green", "blue"].map { "property float \($0)\n" }.joined()
    let header = "ply\nformat ascii 1.0\nelement vertex 1\n\(Self.vertices)\(tint)"
    #expect(error(header + "end_header\n0 0 0 0 0 7\n").contains("a colour"))
    let face = "element face 1\nproperty int a\nend_header\n0 0 0 0 0 0\n1\n"
    #expect(error(header + face).contains("vertex_indices"))
  }

  @Test(
    "broken OBJ files are named with their line",
    arguments: [
      ("v 1 2\n", "line 1"), ("v 1 2 x\n", "line 1"), ("v 0 0 0 2 0 0\n", "a colour"),
      ("v 0 0 0\nf 1 1 2\n", "number 2"), ("v 0 0 0\nf 1 1 -2\n", "number -2"),
      ("v 0 0 0\nf 1 1 0\n", "line 2"), ("v 0 0 0\nf 1 1\n", "3 to"),
      ("v 0 0 0\nf 1 1 -9223372036854775808\n", "-9223372036854775808"), ("", "found none"),
      ("v 0 0 inf\n", "finite"),
    ])
  func objects(text: String, expected: String) {
    #expect(error(text, as: .obj).contains(expected))
  }

  @Test(
    "an OBJ reads nothing outside of its folder", arguments: ["../a.mtl", "/etc/passwd", "a/../b"])
  func paths(library: String) throws {
    let folder = try TemporaryFolder()
    let url = try folder.write("mtllib \(library)\nv 0 0 0\n".utf8, to: "a.obj")
    let error = #expect(throws: ShapeError.self) { try ShapeFile(contentsOf: url) }
    #expect(error?.description.contains("below the OBJ file's folder") == true)
  }

  @Test("materials without a name or a colour are refused")
  func materials() throws {
    let folder = try TemporaryFolder()
    let url = try folder.write("mtllib a.mtl\nv 0 0 0\n".utf8, to: "a.obj")
    for (text, expected) in [("newmtl\n", "name"), ("newmtl a\nKd 1 2\n", "three numbers")] {
      try folder.write(text.utf8, to: "a.mtl")
      let error = #expect(throws: ShapeError.self) { try ShapeFile(contentsOf: url) }
      #expect(error?.description.contains(expected) == true)
    }
  }

  @Test("a file that is cut off anywhere is an error", arguments: ShapeFormat.allCases)
  func truncated(format: ShapeFormat) throws {
    let file = ShapeFile(.mesh(try tetrahedron()))
    let bytes = try file.encoded(as: format)
    // The end of a text's last line, and the padding of a GLB's last chunk, may lack.
    for count in 0..<bytes.count - 1 {
      if case .obj = format { continue }
      let error = #expect(throws: ShapeError.self, "\(count)") {
        try ShapeFile(decoding: bytes.prefix(count), as: format)
      }
      if case .glb = format { #expect(error?.description.isEmpty == false) }
    }
  }

  @Test("any changed byte gives a shape or an error", arguments: ShapeFormat.allCases)
  func mutated(format: ShapeFormat) throws {
    let bytes = try ShapeFile(.mesh(try tetrahedron()), record: "{}").encoded(as: format)
    var refused = 0
    for place in bytes.indices {
      for value: UInt8 in [0, 0x2D, 0x39, 0xFF] {
        var changed = bytes
        changed[place] = value
        do { _ = try ShapeFile(decoding: changed, as: format) } catch { refused += 1 }
      }
    }
    #expect(refused > bytes.count / 8)
  }

  @Test("JSON of a GLB that speaks of what is not there is refused")
  func documents() throws {
    let bytes = try ShapeFile(.mesh(try tetrahedron())).encoded(as: .glb)
    func changed(_ text: String, to other: String) throws -> Data {
      let range = try #require(bytes.range(of: Data(text.utf8)))
      #expect(text.utf8.count == other.utf8.count)
      var copy = bytes
      copy.replaceSubrange(range, with: other.utf8)
      return copy
    }
    for (text, other, expected) in [
      ("\"count\":12", "\"count\":99", "too early"), ("\"count\":12", "\"count\":11", "triangle"),
      ("\"mode\":4", "\"mode\":5", "mode 5"), ("\"count\":4", "\"count\":0", "elements"),
      ("\"POSITION\":0", "\"POSITION\":7", "number 7"),
      ("\"nodes\":[0]", "\"nodes\":[9]", "number 9"),
      ("\"componentType\":5126", "\"componentType\":5124", "5124"),
      ("\"POSITION\"", "\"POSITIOM\"", "POSITION"), ("\"VEC3\"", "\"MAT3\"", "MAT3"),
    ] {
      let data = try changed(text, to: other)
      let error = #expect(throws: ShapeError.self, "\(other)") {
        try ShapeFile(decoding: data, as: .glb)
      }
      #expect(error?.description.contains(expected) == true, "\(other): \(error as Any)")
    }
  }

  @Test("clouds and meshes that do not fit together are refused")
  func values() throws {
    #expect(throws: ShapeError.self) { try PointCloud(positions: [], colors: []) }
    #expect(throws: ShapeError.self) { try PointCloud(positions: [.zero], colors: []) }
    #expect(throws: ShapeError.self) {
      try PointCloud(positions: [.zero], colors: [.white], normals: [SIMD3(0, .nan, 0)])
    }
    #expect(throws: ShapeError.self) { try Mesh(vertices: [.zero], faces: []) }
    #expect(throws: ShapeError.self) {
      try Mesh(vertices: [.zero], faces: [SIMD3(0, 0, 0)], colors: [])
    }
    #expect(throws: ShapeError.self) {
      try PointCloud(positions: Tensor.zeros([2, 3]), colors: Tensor.zeros([3, 3]))
    }
    #expect(throws: ShapeError.self) {
      try PointCloud(
        positions: Tensor.zeros([1, 3]), colors: Tensor([1, 2, Float.infinity], shape: [1, 3]))
    }
    let cloud = try PointCloud(
      positions: Tensor([0.5, -1, 2], shape: [1, 3]),
      colors: Tensor([-3, 127.6, 300], shape: [1, 3]))
    #expect(cloud.positions == [SIMD3(0.5, -1, 2)])
    #expect(cloud.colors == [Color(red: 0, green: 128, blue: 255)])
    #expect(cloud.colorTensor.values(as: Float.self) == [0, 128, 255])
    #expect(cloud.positionTensor.shape == [1, 3])
  }
}
