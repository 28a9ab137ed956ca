internal import Checkpoints
public import Foundation
internal import Layers
internal import Models

/// The folder of a pixel model: see `PixelModel` for what is in it.
public struct PixelModelFolder: Sendable {
  /// The folder.
  public let url: URL
  /// What the model is.
  public let index: PixelModelIndex

  static let schedulerFile = "scheduler/scheduler_config.json"

  /// Looks into a folder, whose weights are not read yet.
  ///
  /// - Parameter url: The folder.
  /// - Throws: ``ModelError`` that names every file that is missing, or what is wrong with
  ///   `model_index.json`.
  public init(_ url: URL) throws {
    let path = url.path(percentEncoded: false)
    guard isFolder(url) else { throw ModelError.missing(path: path) }
    let file = url.appending(path: ModelFolder.indexFile)
    guard exists(file) else {
      throw ModelError.incomplete(folder: path, missing: [ModelFolder.indexFile])
    }
    index = try readConfiguration(from: file)
    try index.check(file: file.path(percentEncoded: false))
    self.url = url
    let missing = files.filter { !exists(url.appending(path: $0)) }
    guard missing.isEmpty else { throw ModelError.incomplete(folder: path, missing: missing) }
  }

  /// The folder's own name.
  public var name: String { url.standardizedFileURL.lastPathComponent }

  /// Every file on which a picture depends, relative to the folder.
  var files: [String] {
    var parts = ["unet"]
    if index.classifier != nil { parts.append("classifier") }
    if index.autoencoder != nil { parts.append("vae") }
    return parts.flatMap { ["\($0)/config.json", "\($0)/diffusion_pytorch_model.safetensors"] }
      + [ModelFolder.indexFile, Self.schedulerFile]
  }

  /// The SHA-256 of every file on which a picture depends, by its path in the folder.
  func hashes() throws -> [String: String] {
    try Dictionary(
      uniqueKeysWithValues: files.map { ($0, try FileHash.sha256(of: url.appending(path: $0))) })
  }
}

extension PixelModel {
  /// Reads a model.
  ///
  /// - Parameter folder: Its folder.
  /// - Throws: ``ModelError`` where the parts do not fit together, or what is wrong with a part.
  package init(_ folder: PixelModelFolder) throws {
    func part<Part>(_ name: String, _ read: (URL) throws -> Part) throws -> Part {
      let url = folder.url.appending(path: name)
      do {
        return try read(url)
      } catch let error as LoadingError {
        throw ModelError.weights(folder: url.path(percentEncoded: false), reason: "\(error)")
      }
    }
    try self.init(
      try part("unet") { try ADMUNet(folder: $0) },
      try readConfiguration(from: folder.url.appending(path: PixelModelFolder.schedulerFile)),
      about: folder.index.about,
      classifier: try folder.index.classifier.map { _ in
        try part("classifier") { try ADMClassifier(folder: $0) }
      },
      autoencoder: try folder.index.autoencoder.map { _ in
        try part("vae") { try AutoencoderKL(folder: $0) }
      },
      place: folder.url.path(percentEncoded: false))
  }

  /// Reads the model of a folder.
  package init(folder: URL) throws {
    try self.init(PixelModelFolder(folder))
  }
}

/// Whether there is a folder.
func isFolder(_ url: URL) -> Bool {
  var isFolder: ObjCBool = false
  let exists = FileManager.default.fileExists(
    atPath: url.path(percentEncoded: false), isDirectory: &isFolder)
  return exists && isFolder.boolValue
}

/// Whether there is a file or a folder.
func exists(_ url: URL) -> Bool {
  FileManager.default.fileExists(atPath: url.path(percentEncoded: false))
}
