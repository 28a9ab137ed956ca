public import Foundation
internal import Models

/// A model of a world on the disk: `model_index.json` and the folder `unet`.
public struct WorldModelFolder: Sendable {
  /// Every file on which a frame depends, relative to the folder.
  static let files = [
    ModelFolder.indexFile, "unet/config.json", "unet/diffusion_pytorch_model.safetensors",
  ]

  /// The folder.
  public let url: URL
  /// What the model is.
  public let index: WorldModelIndex

  /// Looks into a folder, whose weights are not read yet.
  ///
  /// - Parameter url: The folder.
  /// - Throws: ``ModelError`` that names every file that is missing, or what is wrong with
  ///   `model_index.json`.
  public init(_ url: URL) throws {
    try ModelFolder.check(url, has: Self.files)
    index = try WorldModelIndex(of: url)
    self.url = url
  }

  /// The folder's own name.
  public var name: String { url.standardizedFileURL.lastPathComponent }

  /// The bytes of all files on which a frame depends.
  public var byteCount: Int {
    get throws { try ModelFolder.byteCount(of: Self.files.map { url.appending(path: $0) }) }
  }

  /// The SHA-256 of every file on which a frame depends, by its path in the folder.
  func hashes() throws -> [String: String] {
    try ModelFolder.hashes(of: Self.files, in: url)
  }
}

extension ModelLibrary {
  /// The model in a folder, if it is one of a world.
  ///
  /// - Parameter folder: A folder with a `model_index.json`.
  /// - Returns: The model; nothing if the index is of another kind.
  /// - Throws: ``ModelError``, or what reading the index throws.
  public func worldModel(in folder: URL) throws -> WorldModelFolder? {
    let head: PipelineHead = try readConfiguration(
      from: folder.appending(path: ModelFolder.indexFile))
    return head.pipeline == WorldModelDetails.pipeline ? try WorldModelFolder(folder) : nil
  }

  /// The folder of a model of a world.
  ///
  /// - Parameter name: A name in the library, or the path of a folder, which has a slash.
  /// - Returns: The folder.
  /// - Throws: ``ModelError`` that names the nearest models, or what reading a folder throws.
  public func worldModel(_ name: String) throws -> WorldModelFolder {
    try WorldModelFolder(
      isPath(name) ? URL(filePath: name, directoryHint: .isDirectory) : folder(name))
  }
}
