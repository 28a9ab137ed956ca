internal import Files
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
    try ModelFolder.check(url, has: index.about.furtherFiles)
    self.url = url
  }

  /// The folder's own name.
  public var name: String { url.standardizedFileURL.lastPathComponent }

  /// The bytes of all files on which what the model makes depends.
  public var byteCount: Int {
    get throws {
      try ModelFolder.byteCount(of: index.about.allFiles.map { url.appending(path: $0) })
    }
  }

  /// The SHA-256 of every file on which what the model makes depends, by its path in the folder.
  func hashes() throws -> [String: String] {
    try ModelFolder.hashes(of: index.about.allFiles, in: url)
  }
}

extension IndexedFolder {
  /// Copies the files of parts, but for those that are there.
  ///
  /// - Parameters:
  ///   - parts: The folders that have the files, by the parts' names.
  ///   - folder: The folder of the model.
  /// - Throws: `FileError`.
  static func copy(_ parts: [String: URL], into folder: URL) throws {
    for (name, source) in parts {
      try Folder.make(folder.appending(path: name))
      for file in Details.files where file.hasPrefix("\(name)/") {
        let copy = folder.appending(path: file)
        guard !FileManager.default.fileExists(atPath: copy.path(percentEncoded: false)) else {
          continue
        }
        try Folder.copy(source.appending(path: copy.lastPathComponent), to: copy)
      }
    }
  }
}
