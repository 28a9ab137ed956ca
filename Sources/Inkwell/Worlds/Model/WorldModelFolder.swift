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
