internal import Files
public import Foundation
internal import Models

/// A model of captions on the disk: `model_index.json` and the folders `picture_encoder` and
/// `text_model`, which holds its tokenizer.
public struct CaptionModelFolder: Sendable {
  /// Every file on which a caption depends, relative to the folder.
  static let files = [
    ModelFolder.indexFile, "picture_encoder/model.safetensors", "text_model/config.json",
    "text_model/model.safetensors", "text_model/tokenizer.json",
  ]

  /// The folder.
  public let url: URL
  /// What the model is.
  public let index: CaptionModelIndex

  /// Looks into a folder, whose weights are not read yet.
  ///
  /// - Parameter url: The folder.
  /// - Throws: ``ModelError`` that names every file that is missing, or what is wrong with
  ///   `model_index.json`.
  public init(_ url: URL) throws {
    try ModelFolder.check(url, has: Self.files)
    index = try CaptionModelIndex(of: url)
    self.url = url
  }

  /// The folder's own name.
  public var name: String { url.standardizedFileURL.lastPathComponent }

  /// The bytes of all files on which a caption depends.
  public var byteCount: Int {
    get throws { try ModelFolder.byteCount(of: Self.files.map { url.appending(path: $0) }) }
  }

  /// The SHA-256 of every file on which a caption depends, by its path in the folder.
  func hashes() throws -> [String: String] {
    try ModelFolder.hashes(of: Self.files, in: url)
  }
}
