public import Foundation

/// A model on the disk: `model_index.json`, and a folder for each part that it names.
public struct IndexedFolder<Details: ModelDetails>: Sendable {
  /// The folder.
  public let url: URL
  /// What the model is.
  public let index: FolderIndex<Details>

  /// Looks into a folder, whose weights are not read yet.
  ///
  /// - Parameter url: The folder.
  /// - Throws: ``ModelError`` that names every file that is missing, or what is wrong with
  ///   `model_index.json`.
  public init(_ url: URL) throws {
    let own = [ModelFolder.indexFile]
    try ModelFolder.check(url, has: own + Details.files.filter { !own.contains($0) })
    index = try FolderIndex(of: url)
    self.url = url
  }

  /// The folder's own name.
  public var name: String { url.standardizedFileURL.lastPathComponent }

  /// The bytes of all files on which what the model makes depends.
  public var byteCount: Int {
    get throws { try ModelFolder.byteCount(of: Details.files.map { url.appending(path: $0) }) }
  }

  /// The SHA-256 of every file on which what the model makes depends, by its path in the folder.
  func hashes() throws -> [String: String] {
    try ModelFolder.hashes(of: Details.files, in: url)
  }
}
