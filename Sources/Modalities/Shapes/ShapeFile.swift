internal import Files
public import Foundation

/// A cloud of points or a mesh.
public enum Shape: Sendable, Equatable {
  /// Points without faces.
  case points(PointCloud)
  /// Triangles.
  case mesh(Mesh)

  /// Where the points or vertices are.
  public var positions: [SIMD3<Float>] {
    switch self {
    case .points(let cloud): cloud.positions
    case .mesh(let mesh): mesh.vertices
    }
  }

  /// A colour for each point or vertex.
  public var colors: [Color] {
    switch self {
    case .points(let cloud): cloud.colors
    case .mesh(let mesh): mesh.colors
    }
  }

  /// A direction for each point, if they are known.
  var normals: [SIMD3<Float>]? {
    guard case .points(let cloud) = self else { return nil }
    return cloud.normals
  }

  /// The triangles, none for points.
  var faces: [SIMD3<UInt32>] {
    guard case .mesh(let mesh) = self else { return [] }
    return mesh.faces
  }

  /// A mesh if there are faces, or else points.
  init(
    positions: [SIMD3<Float>], colors: [Color]?, normals: [SIMD3<Float>]?,
    faces: [SIMD3<UInt32>], source: String
  ) throws(ShapeError) {
    if faces.isEmpty {
      let colors = colors ?? Array(repeating: .white, count: positions.count)
      self = .points(
        try PointCloud(positions: positions, colors: colors, normals: normals, source: source))
    } else {
      self = .mesh(
        try Mesh(vertices: positions, faces: faces, colors: colors, source: source))
    }
  }
}

/// A format of files of shapes.
public enum ShapeFormat: Sendable, CaseIterable {
  /// Wavefront's text. Colours are written after the positions; materials are only read.
  case obj
  /// Stanford's polygons, binary, little-endian.
  case ply
  /// Stanford's polygons as text.
  case plyText
  /// glTF 2.0 in its binary container.
  case glb

  /// The format that a file's name says.
  /// - Parameter fileName: A name that ends in `.obj`, `.ply` or `.glb`.
  /// - Throws: `ShapeError.unknownExtension`.
  public init(fileName: String) throws(ShapeError) {
    switch fileName.split(separator: ".").last?.lowercased() {
    case "obj": self = .obj
    case "ply": self = .ply
    case "glb": self = .glb
    default: throw .unknownExtension(fileName)
    }
  }
}

/// A shape with the record of how it was made: what a file holds.
///
/// OBJ and PLY carry the record in comments and glTF in its asset's extras. They lose what they
/// have no place for: meshes have no normals here, and OBJ's and glTF's points none either.
public struct ShapeFile: Sendable, Equatable {
  /// The bytes that a file may have: 1 GiB.
  static let largestFile = 1 << 30

  /// What is in the file.
  public var shape: Shape
  /// How it was made, JSON.
  public var record: String?

  /// Makes the content of a file.
  /// - Parameters:
  ///   - shape: What is to be in the file.
  ///   - record: How it was made, JSON. In OBJ and PLY other characters than ASCII's become JSON's
  ///     escapes, which say the same.
  public init(_ shape: Shape, record: String? = nil) {
    self.shape = shape
    self.record = record
  }

  /// Reads a file, and an OBJ's materials from beside it.
  /// - Parameter url: A file whose name ends in `.obj`, `.ply` or `.glb`.
  /// - Throws: `ShapeError`, or what reading the file threw.
  public init(contentsOf url: URL) throws {
    let format = try ShapeFormat(fileName: url.lastPathComponent)
    let bytes = try Self.bytes(of: url)
    let source = url.path(percentEncoded: false)
    guard case .obj = format else {
      try self.init(decoding: bytes, as: format, source: source)
      return
    }
    let folder = url.deletingLastPathComponent()
    self = try OBJReader(bytes, source: source) { name in
      try OBJMaterials(library: name, in: folder)
    }.file()
  }

  /// Reads a file's bytes; an OBJ's materials are not looked for, and its faces are white.
  /// - Parameters:
  ///   - bytes: The whole file.
  ///   - format: Its format; of PLY both are read under either name.
  ///   - source: What to name in errors.
  /// - Throws: `ShapeError`.
  public init(decoding bytes: Data, as format: ShapeFormat, source: String = "a shape") throws {
    switch format {
    case .obj: self = try OBJReader(bytes, source: source) { _ in nil }.file()
    case .ply, .plyText: self = try PLYReader(bytes, source: source).file()
    case .glb: self = try GLBReader(bytes, source: source).file()
    }
  }

  /// The bytes of a file: the same for the same content.
  /// - Parameter format: The file's format.
  /// - Returns: The whole file.
  /// - Throws: `ShapeError` for a record that the file cannot carry.
  public func encoded(as format: ShapeFormat) throws -> Data {
    switch format {
    case .obj: try objData()
    case .ply: try plyData(isText: false)
    case .plyText: try plyData(isText: true)
    case .glb: try glbData()
    }
  }

  /// Writes a file that is whole or not there.
  /// - Parameters:
  ///   - url: The file. What was there is replaced.
  ///   - format: The format; without one, the file name's extension decides.
  /// - Throws: `ShapeError` or a `FileError`.
  public func save(to url: URL, as format: ShapeFormat? = nil) throws {
    let format = try format ?? ShapeFormat(fileName: url.lastPathComponent)
    try AtomicFile.write(try encoded(as: format), to: url)
  }

  /// The bytes of a file, if they are not too many.
  static func bytes(of url: URL) throws -> Data {
    let path = url.path(percentEncoded: false)
    let size = try url.resourceValues(forKeys: [.fileSizeKey]).fileSize ?? 0
    guard size <= largestFile else {
      throw ShapeError.tooLarge(source: path, what: "bytes", limit: largestFile, found: size)
    }
    return try Data(contentsOf: url)
  }
}
