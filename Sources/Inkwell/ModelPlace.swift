internal import Files
internal import Foundation

/// The place for the folder of a model, which is whole or not there.
struct ModelPlace {
  private let target: URL
  private let parts: Set<String>

  /// - Parameters:
  ///   - folder: The place.
  ///   - parts: The names that a model's own parts have beside `model_index.json`.
  init(_ folder: URL, parts: Set<String>) {
    target =
      URL(filePath: folder.path(percentEncoded: false), directoryHint: .isDirectory)
      .standardizedFileURL
    self.parts = parts.union([ModelFolder.indexFile])
  }

  /// Puts a model into the place.
  ///
  /// What an earlier model's folder has beside the parts, such as a model card, is kept.
  ///
  /// - Parameter assemble: Writes the parts into a folder and checks them.
  /// - Throws: ``ModelError`` if the place holds something else, what `assemble` throws, or a
  ///   `FileError`.
  func put(_ assemble: (URL) throws -> Void) throws {
    let parent = target.deletingLastPathComponent()
    let process = ProcessInfo.processInfo.processIdentifier
    let staging = parent.appending(
      path: ".\(target.lastPathComponent).partial-\(process)", directoryHint: .isDirectory)
    let kept = try filesToKeep()
    try Folder.make(parent)
    try Folder.makeNew(staging)
    do {
      try assemble(staging)
      for file in kept { try Self.copy(target.appending(path: file), to: staging, as: file) }
      try Folder.replace(target, with: staging)
    } catch {
      Folder.discard(staging)
      throw error
    }
  }

  /// What is in an earlier model's folder beside its parts.
  private func filesToKeep() throws -> [String] {
    let path = target.path(percentEncoded: false)
    guard FileManager.default.fileExists(atPath: path) else { return [] }
    let names = try Folder.names(in: target)
    guard names.isEmpty || !parts.isDisjoint(with: names) else {
      throw ModelError.occupied(path: path, found: names.prefix(3).joined(separator: ", "))
    }
    return names.filter { !parts.contains($0) }
  }

  /// Copies a file into a folder under a path there.
  static func copy(_ file: URL, to folder: URL, as name: String) throws {
    let target = folder.appending(path: name)
    try Folder.make(target.deletingLastPathComponent())
    try Folder.copy(file, to: target)
  }

  /// Writes a value as JSON into a folder under a path there.
  static func write(_ value: some Encodable, to folder: URL, as name: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    let file = folder.appending(path: name)
    try Folder.make(file.deletingLastPathComponent())
    try AtomicFile.write(try encoder.encode(value) + "\n".utf8, to: file)
  }
}
