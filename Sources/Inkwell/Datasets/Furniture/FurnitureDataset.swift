internal import Files
public import Foundation
internal import Modalities
internal import Torch

/// Builds the data set of furniture: coloured points of named meshes, with captions.
///
/// The result is a folder of PLY files of ``points`` points each, and a picture beside each, with
/// `metadata.jsonl`, `sources.json` and `LICENSES.md`. The axes are those of glTF, y up and the
/// front to z; the points' extent is the cube from -1 to 1, as far as the longest side. The same
/// package gives the same bytes.
public struct FurnitureDataset: Codable, Sendable, Equatable {
  /// The number of points of every shape.
  public static let points = 4096
  /// The width and height of every picture.
  public static let pictureSide = 128

  /// The folder to make.
  ///
  /// One that this made before is replaced as a whole.
  public var output: URL
  /// A folder of unpacked packages to use in place of downloads, one folder a package.
  public var sources: URL?
  /// Where downloads are kept; beside the output without one.
  public var cache: URL?

  /// Makes a request.
  /// - Parameters:
  ///   - output: The folder to make.
  ///   - sources: A folder of unpacked packages to use in place of downloads.
  ///   - cache: Where downloads are kept; beside the output without one.
  public init(output: URL, sources: URL? = nil, cache: URL? = nil) {
    self.output = output
    self.sources = sources
    self.cache = cache
  }

  /// What a build made.
  public struct Summary: Codable, Sendable, Equatable {
    /// The number of shapes.
    public let shapes: Int
    /// Shapes by kind of furniture, with "other".
    public let byKind: [String: Int]
    /// The number of shapes that are held out.
    public let heldOut: Int
    /// The number of shapes that are nearly the same as one before.
    public let nearlyEqual: Int
  }

  /// Fetches what is needed and builds the data set.
  /// - Parameter report: Is told what is being done, a sentence at a time.
  /// - Returns: What was made.
  /// - Throws: `DatasetError`, `ShapeError`, `ImageError`, or what the file system threw.
  public func callAsFunction(report: (String) -> Void = { _ in }) throws -> Summary {
    let place = DatasetPlace(output: output)
    try place.check()
    let packages = try EmojiSources.furniture().packages
    let folders = try withoutActuallyEscaping(report) { report in
      try place.folders(
        of: packages, sources: sources, cache: cache, fallback: "furniture-sources",
        report: report)
    }
    let package = packages[0]
    guard let folder = folders[package.name] else {
      throw DatasetError.missing(path: package.name, hint: "The meshes are from this package.")
    }
    if FileManager.default.fileExists(atPath: place.part.path(percentEncoded: false)) {
      try Folder.remove(place.part)
    }
    try Folder.make(place.part)
    do {
      let pieces = try draw(folder, of: package, to: place.part, report: report)
      try DatasetPlace.writeLists(
        pieces, from: [package],
        change: "Each shape is \(Self.points) points drawn from the surface of a mesh, scaled to "
          + "a cube, in the colours of the mesh's materials. Pictures are on white, "
          + "\(Self.pictureSide) x \(Self.pictureSide).",
        to: place.part)
      try Folder.replace(output, with: place.part)
      return Summary(pieces)
    } catch {
      Folder.discard(place.part)
      throw error
    }
  }

  /// Draws the points of all models of all libraries.
  private func draw(
    _ folder: URL, of package: EmojiSources.Package, to output: URL, report: (String) -> Void
  ) throws -> [FurniturePiece] {
    var (pieces, equals, missing) = ([FurniturePiece](), NearlyEqualShapes(), 0)
    for library in FurnitureLibrary.allCases {
      report("Drawing points of \(library.rawValue)")
      let unpacked = output.appending(path: ".\(library.rawValue)")
      try Folder.make(unpacked)
      let file = folder.appending(
        path: "usr/share/sweethome3d/furniture/\(library.rawValue).sh3f")
      try ExternalTool.run(
        [
          "python3", "-m", "zipfile", "-e", file.path(percentEncoded: false),
          unpacked.path(percentEncoded: false),
        ], hint: "The package \(package.name) ought to have this archive.")
      let list = unpacked.appending(path: "PluginFurnitureCatalog.properties")
      let catalog = try FurnitureCatalog(
        Data(contentsOf: list), source: "\(library.rawValue).sh3f/\(list.lastPathComponent)")
      try Folder.make(output.appending(path: library.rawValue))
      for model in catalog.models {
        let cloud = try cloud(of: model, in: unpacked, missing: &missing)
        let fileName = "\(library.rawValue)/\(model.fileStem).ply"
        let picture = try model.icon.map { icon in
          let name = "\(library.rawValue)/\(model.fileStem).png"
          try self.picture(icon, in: unpacked).save(to: output.appending(path: name))
          return name
        }
        let base = try equals.base(of: cloud)
        pieces.append(
          FurniturePiece(
            model, of: library, fileName: fileName, picture: picture,
            base: base < pieces.count ? pieces[base].base : fileName, colors: cloud.colors,
            package: package))
        try ShapeFile(.points(cloud)).encoded(as: .ply)
          .write(to: output.appending(path: fileName))
      }
      try Folder.remove(unpacked)
    }
    if missing > 0 {
      report("Plain colours are used for \(missing) pictures of materials that are not there")
    }
    return pieces
  }

  /// The points of a model in the cube from -1 to 1.
  ///
  /// Pictures of materials that are not there are counted in `missing`.
  private func cloud(
    of model: FurnitureCatalog.Model, in folder: URL, missing: inout Int
  ) throws -> PointCloud {
    let file = try file(model.path, in: folder)
    missing += try FurnitureFiles.leaveOutMissing(of: file)
    try FurnitureFiles.leaveOutLines(of: file)
    guard case .mesh(let mesh) = try ShapeFile(contentsOf: file).shape else {
      throw ShapeError.empty(source: model.path, expected: "faces")
    }
    // Each shape has draws of its own, so that it does not depend on those before it.
    let seed = UInt64(StableHash.fraction("inkwell furniture points \(model.id)") * 1e15)
    let drawn = try model.placed(mesh).sampled(Self.points, using: Generator(seed: seed))
    return try PointCloud(positions: drawn.positions, colors: drawn.colors)
      .fitted(to: .cube)
  }

  /// The picture of a model as a square on white.
  private func picture(_ path: String, in folder: URL) throws -> Image {
    let square = try Image(contentsOf: file(path, in: folder)).flattened().centeredInSquare()
    return try square.resized(width: Self.pictureSide, height: Self.pictureSide)
  }

  /// A file of an unpacked library.
  private func file(_ path: String, in folder: URL) throws(DatasetError) -> URL {
    let parts = path.split(separator: "/")
    guard !parts.contains("..") else {
      throw .missing(path: path, hint: "It lies outside of its library.")
    }
    return folder.appending(path: parts.joined(separator: "/"))
  }
}

extension FurnitureCatalog.Model {
  /// The name of its file: that of its OBJ file.
  fileprivate var fileStem: String {
    let name = path.split(separator: "/").last ?? ""
    return String(name.hasSuffix(".obj") ? name.dropLast(4) : name)
  }
}

extension FurnitureDataset.Summary {
  fileprivate init(_ pieces: [FurniturePiece]) {
    self.init(
      shapes: pieces.count,
      byKind: pieces.reduce(into: [:]) { $0[$1.group, default: 0] += 1 },
      heldOut: pieces.count { $0.split != "train" },
      nearlyEqual: pieces.count { $0.base != $0.fileName })
  }
}

extension EmojiSources {
  /// The package that the furniture is from, pinned in `Data/furniture/sources.json`.
  static func furniture() throws -> EmojiSources {
    try JSONDecoder().decode(
      EmojiSources.self, from: Data(PackageResources.furniture_sources_json))
  }
}
