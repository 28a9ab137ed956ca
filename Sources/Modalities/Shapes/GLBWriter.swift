internal import Foundation

extension ShapeFile {
  /// The file as binary glTF: positions, colours as normalized bytes, and indices for a mesh.
  func glbData() throws -> Data {
    let (positions, colors, faces) = (shape.positions, shape.colors, shape.faces)
    var binary = Data()
    var views: [GLTFDocument.BufferView] = []
    /// Ends a view that begins where the last one ended; 34962 is for vertices, 34963 for indices.
    func endView(stride: Int?, target: Int) {
      let start = views.last.map { ($0.byteOffset ?? 0) + $0.byteLength } ?? 0
      views.append(
        .init(
          buffer: 0, byteOffset: start, byteLength: binary.count - start, byteStride: stride,
          target: target))
    }
    for position in positions { binary.append(position) }
    endView(stride: nil, target: 34962)
    for color in colors { binary.append(contentsOf: [color.red, color.green, color.blue, 255]) }
    endView(stride: nil, target: 34962)
    if !faces.isEmpty {
      for face in faces { binary.append(face) }
      endView(stride: nil, target: 34963)
    }
    guard binary.count < Int(UInt32.max) - 1 << 20 else {
      throw ShapeError.tooLarge(
        source: "a GLB file", what: "bytes", limit: Int(UInt32.max) - 1 << 20, found: binary.count)
    }
    let document = document(views, bytes: binary.count)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return GLBContainer(json: try encoder.encode(document), binary: [UInt8](binary)).encoded
  }

  private func document(_ views: [GLTFDocument.BufferView], bytes: Int) -> GLTFDocument {
    let (positions, faces) = (shape.positions, shape.faces)
    let first = positions.first ?? .zero
    let low = positions.reduce(first) { pointwiseMin($0, $1) }
    let high = positions.reduce(first) { pointwiseMax($0, $1) }
    var accessors: [GLTFDocument.Accessor] = [
      .init(
        bufferView: 0, componentType: 5126, count: positions.count, type: "VEC3",
        min: [low.x, low.y, low.z].map { Double($0) },
        max: [high.x, high.y, high.z].map { Double($0) }),
      .init(
        bufferView: 1, componentType: 5121, normalized: true, count: positions.count, type: "VEC4"),
    ]
    if !faces.isEmpty {
      accessors.append(
        .init(bufferView: 2, componentType: 5125, count: 3 * faces.count, type: "SCALAR"))
    }
    let primitive = GLTFDocument.Primitive(
      attributes: ["POSITION": 0, "COLOR_0": 1], indices: faces.isEmpty ? nil : 2,
      mode: faces.isEmpty ? 0 : 4, material: 0)
    let material = GLTFDocument.Material(
      pbrMetallicRoughness: .init(metallicFactor: 0, roughnessFactor: 1), doubleSided: true)
    return GLTFDocument(
      asset: .init(
        version: "2.0", generator: "Inkwell", extras: record.map { .init(inkwell: $0) }),
      scene: 0, scenes: [.init(nodes: [0])], nodes: [.init(mesh: 0)],
      meshes: [.init(primitives: [primitive])], materials: [material], accessors: accessors,
      bufferViews: views, buffers: [.init(byteLength: bytes)])
  }
}
