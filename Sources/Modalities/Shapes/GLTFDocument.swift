/// The JSON of a glTF 2.0 file, as far as a mesh or points with colours need it.
///
/// The Khronos Group, "glTF 2.0 Specification", sections 3 and 5.
struct GLTFDocument: Codable {
  struct Asset: Codable {
    var version: String
    var generator: String?
    var extras: Extras?
  }

  /// What Inkwell adds.
  struct Extras: Codable {
    var inkwell: String?
  }

  struct Scene: Codable {
    var nodes: [Int]?
  }

  struct Node: Codable {
    var mesh: Int?
    var children: [Int]?
    var matrix: [Double]?
    var translation: [Double]?
    var rotation: [Double]?
    var scale: [Double]?
  }

  struct MeshEntry: Codable {
    var primitives: [Primitive]
  }

  struct Primitive: Codable {
    var attributes: [String: Int]
    var indices: Int?
    var mode: Int?
    var material: Int?
  }

  struct Material: Codable {
    struct Metallic: Codable {
      var baseColorFactor: [Double]?
      var metallicFactor: Double?
      var roughnessFactor: Double?
    }
    var pbrMetallicRoughness: Metallic?
    var doubleSided: Bool?
  }

  struct Accessor: Codable {
    var bufferView: Int?
    var byteOffset: Int?
    var componentType: Int
    var normalized: Bool?
    var count: Int
    var type: String
    var min: [Double]?
    var max: [Double]?
  }

  struct BufferView: Codable {
    var buffer: Int
    var byteOffset: Int?
    var byteLength: Int
    var byteStride: Int?
    var target: Int?
  }

  struct Buffer: Codable {
    var byteLength: Int
    var uri: String?
  }

  var asset: Asset
  var scene: Int?
  var scenes: [Scene]?
  var nodes: [Node]?
  var meshes: [MeshEntry]?
  var materials: [Material]?
  var accessors: [Accessor]?
  var bufferViews: [BufferView]?
  var buffers: [Buffer]?
  var extensionsRequired: [String]?
}
