internal import Diffusion
internal import Files
public import Foundation

/// The places where models are found by their names.
public struct ModelLibrary: Sendable {
  /// Folders of models, the first of which that has a name answers it.
  public let folders: [URL]

  /// A library of these folders; one that is not there has no models.
  public init(folders: [URL]) {
    self.folders = folders
  }

  /// The models that belong to the program: those that are installed with it, and those of the
  /// repository that the program or the current folder is in.
  public static var standard: ModelLibrary {
    let program = executable.deletingLastPathComponent()
    let current = URL(
      filePath: FileManager.default.currentDirectoryPath, directoryHint: .isDirectory)
    var folders = [program.deletingLastPathComponent().appending(path: "share/inkwell/models")]
    for folder in ancestors(of: program) + ancestors(of: current) {
      let models = folder.appending(path: "Models", directoryHint: .isDirectory)
      if isFolder(models), !folders.contains(models) { folders.append(models) }
    }
    return ModelLibrary(folders: folders)
  }

  /// The folders of all models, by name; the first of a name only.
  public func models() throws -> [(name: String, folder: URL)] {
    var found: [String: URL] = [:]
    for folder in folders where isFolder(folder) {
      for name in try Folder.names(in: folder) {
        let model = folder.appending(path: name, directoryHint: .isDirectory)
        if found[name] == nil, Self.isModel(model) { found[name] = model }
      }
    }
    return found.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }

  /// The folder of a model.
  ///
  /// - Parameter name: A name in the library, or the path of a folder, which has a slash.
  /// - Returns: The folder.
  /// - Throws: ``ModelError`` that names the nearest models, or what reading a folder throws.
  public func model(_ name: String) throws -> ModelFolder { try ModelFolder(place(of: name)) }

  /// The folder of a model that makes clips, as ``model(_:)`` finds one.
  public func videoModel(_ name: String) throws -> VideoModelFolder {
    try VideoModelFolder(place(of: name))
  }

  /// The folder of a model of a world, as ``model(_:)`` finds one.
  public func worldModel(_ name: String) throws -> WorldModelFolder {
    try WorldModelFolder(place(of: name))
  }

  /// The folder of a model that makes sounds, as ``model(_:)`` finds one.
  public func soundModel(_ name: String) throws -> SoundModelFolder {
    try SoundModelFolder(place(of: name))
  }

  /// The folder of a model that says what pictures show, as ``model(_:)`` finds one.
  public func captionModel(_ name: String) throws -> CaptionModelSource {
    try CaptionModelSource(place(of: name))
  }

  /// The folder of a model that makes conformers, as ``model(_:)`` finds one.
  public func conformerModel(_ name: String) throws -> ConformerModelFolder {
    try ConformerModelFolder(place(of: name))
  }

  /// The folder of a model that docks molecules, as ``model(_:)`` finds one.
  public func dockingModel(_ name: String) throws -> DockingModelFolder {
    try DockingModelFolder(place(of: name))
  }

  /// The folder of a model that makes up molecules, as ``model(_:)`` finds one.
  public func moleculeModel(_ name: String) throws -> MoleculeModelFolder {
    try MoleculeModelFolder(place(of: name))
  }

  /// The folder of a model that makes shapes, as ``model(_:)`` finds one.
  public func shapeModel(_ name: String) throws -> ShapeModelFolder {
    try ShapeModelFolder(place(of: name))
  }

  /// The folder of the model of a name, or of a path, which has a slash.
  func place(of name: String) throws -> URL {
    isPath(name) ? URL(filePath: name, directoryHint: .isDirectory) : try folder(name)
  }

  /// The folder of the model of a name; ``ModelError`` names the nearest ones.
  func folder(_ name: String) throws -> URL {
    let known = try models()
    if let model = known.first(where: { $0.name == name }) { return model.folder }
    throw ModelError.unknown(
      name: name, nearest: nearestNames(to: name, among: known.map(\.name)),
      known: known.map(\.name),
      searched: folders.map { $0.standardizedFileURL.path(percentEncoded: false) })
  }

  /// The program that runs, with links resolved.
  private static var executable: URL {
    #if os(Linux)
      URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
    #else
      // Untested.
      (Bundle.main.executableURL ?? URL(filePath: CommandLine.arguments[0]))
        .resolvingSymlinksInPath()
    #endif
  }

  private static func ancestors(of folder: URL) -> [URL] {
    var result = [folder.standardizedFileURL]
    while let last = result.last, last.pathComponents.count > 1 {
      result.append(last.deletingLastPathComponent())
    }
    return result
  }

  private static func isModel(_ folder: URL) -> Bool {
    FileManager.default.fileExists(
      atPath: folder.appending(path: ModelFolder.indexFile).path(percentEncoded: false))
  }
}
