internal import Foundation

extension ShapeFile {
  /// The file as PLY, binary little-endian or as text.
  func plyData(isText: Bool) throws(ShapeError) -> Data {
    let (positions, colors, normals) = (shape.positions, shape.colors, shape.normals)
    var data = Data(try plyHeader(isText: isText).utf8)
    for index in positions.indices {
      let vectors = [positions[index]] + (normals.map { [$0[index]] } ?? [])
      let color = colors[index]
      let bytes = [color.red, color.green, color.blue]
      if isText {
        let words = vectors.flatMap { ["\($0.x)", "\($0.y)", "\($0.z)"] } + bytes.map { "\($0)" }
        data.append(contentsOf: (words.joined(separator: " ") + "\n").utf8)
      } else {
        for vector in vectors { data.append(vector) }
        data.append(contentsOf: bytes)
      }
    }
    for face in shape.faces {
      if isText {
        data.append(contentsOf: "3 \(face.x) \(face.y) \(face.z)\n".utf8)
      } else {
        // How many corners follow, as one byte.
        data.append(contentsOf: [3])
        data.append(face)
      }
    }
    return data
  }

  private func plyHeader(isText: Bool) throws(ShapeError) -> String {
    var lines = ["ply", "format \(isText ? "ascii" : "binary_little_endian") 1.0"]
    if let record { lines += try ShapeRecord.comments(record).map { "comment \($0)" } }
    lines.append("element vertex \(shape.positions.count)")
    lines += ["x", "y", "z"].map { "property float \($0)" }
    if shape.normals != nil { lines += ["nx", "ny", "nz"].map { "property float \($0)" } }
    lines += ["red", "green", "blue"].map { "property uchar \($0)" }
    if !shape.faces.isEmpty {
      lines.append("element face \(shape.faces.count)")
      lines.append("property list uchar int vertex_indices")
    }
    return (lines + ["end_header", ""]).joined(separator: "\n")
  }
}

extension Data {
  /// Appends a number, little-endian.
  mutating func append(_ number: UInt32) {
    Swift.withUnsafeBytes(of: number.littleEndian) { append(contentsOf: $0) }
  }

  /// Appends three numbers, little-endian.
  mutating func append(_ vector: SIMD3<Float>) {
    append(
      SIMD3<UInt32>(vector.x.bitPattern, vector.y.bitPattern, vector.z.bitPattern))
  }

  /// Appends three numbers, little-endian.
  mutating func append(_ vector: SIMD3<UInt32>) {
    append(vector.x)
    append(vector.y)
    append(vector.z)
  }
}
