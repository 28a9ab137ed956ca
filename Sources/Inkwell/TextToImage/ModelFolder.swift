internal import Checkpoints
public import Foundation
internal import Models

/// A text-to-image model on the disk, in diffusers' layout.
///
/// `model_index.json` and the folders `vae`, `transformer`, `text_encoder` (with its tokenizer) and
/// `scheduler`.
public struct ModelFolder: Sendable {
  /// The folder.
  public let url: URL
  /// What the model is.
  public let index: ModelIndex

  static let indexFile = "model_index.json"
  static let schedulerFile = "scheduler/scheduler_config.json"

  /// Every file on which a picture depends, relative to the folder.
  static let files = [
    "vae/config.json", "vae/diffusion_pytorch_model.safetensors",
    "transformer/config.json", "transformer/diffusion_pytorch_model.safetensors",
    "text_encoder/config.json", "text_encoder/model.safetensors", "text_encoder/tokenizer.json",
    schedulerFile,
  ]

  /// Looks into a folder, whose weights are not read yet.
  ///
  /// - Parameter url: The folder.
  /// - Throws: ``ModelError`` that names every file that is missing, or what is wrong with
  ///   `model_index.json`.
  public init(_ url: URL) throws {
    try Self.check(url, has: [Self.indexFile] + Self.files)
    index = try ModelIndex(of: url)
    self.url = url
  }

  /// Throws ``ModelError`` for a folder that is not there, or that names every file it lacks.
  static func check(_ url: URL, has files: [String]) throws {
    let path = url.path(percentEncoded: false)
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue
    else { throw ModelError.missing(path: path) }
    let missing = files.filter { name in
      !FileManager.default.fileExists(atPath: url.appending(path: name).path(percentEncoded: false))
    }
    guard missing.isEmpty else { throw ModelError.incomplete(folder: path, missing: missing) }
  }

  /// The folder's own name.
  public var name: String { url.standardizedFileURL.lastPathComponent }

  /// The width and height of the pictures that the model was trained for.
  public var side: Int {
    get throws {
      let latents: PixArtConfiguration = try readConfiguration(
        from: url.appending(path: "transformer/config.json"))
      let autoencoder: AutoencoderKLConfiguration = try readConfiguration(
        from: url.appending(path: "vae/config.json"))
      return latents.sampleSize * autoencoder.reduction
    }
  }

  /// The bytes of all files on which a picture depends.
  public var byteCount: Int {
    get throws {
      try Self.byteCount(of: Self.files.map { url.appending(path: $0) })
    }
  }

  /// The SHA-256 of every file on which a picture depends, by its path in the folder.
  func hashes() throws -> [String: String] { try Self.hashes(in: url) }

  /// The SHA-256 of every file of a model's parts, by its path in the folder.
  static func hashes(of files: [String] = files, in url: URL) throws -> [String: String] {
    try Dictionary(
      uniqueKeysWithValues: files.map { name in
        (name, try FileHash.sha256(of: url.appending(path: name)))
      })
  }
}

extension ModelFolder: PromptedModelSource {
  var settings: SamplingSettings { index.about.settings }

  var summary: String { index.about.summary }

  var styles: [String] { index.about.styles }

  var nativeSize: PictureSize { get throws { PictureSize(square: try side) } }

  func model(_ additions: ModelAdditions) throws -> TextToImageModel {
    try additions.refuse(for: "a model that is no Stable Diffusion")
    return try TextToImageModel(self, additions.precision).running(additions)
  }
}
