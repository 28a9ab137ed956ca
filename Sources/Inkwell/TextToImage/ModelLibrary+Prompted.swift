internal import Foundation
internal import Models

extension ModelLibrary {
  /// A model that makes pictures of prompts, of any family.
  ///
  /// - Parameter name: A name in the library, or the path of a folder, which has a slash.
  /// - Returns: Where it is.
  /// - Throws: ``ModelError`` that names the nearest models, or what reading a folder throws.
  func promptedModel(_ name: String) throws -> any PromptedModelSource {
    let folder =
      isPath(name) ? URL(filePath: name, directoryHint: .isDirectory) : try folder(name)
    guard isFolder(folder) else {
      throw ModelError.missing(path: folder.path(percentEncoded: false))
    }
    let index = folder.appending(path: ModelFolder.indexFile)
    guard FileManager.default.fileExists(atPath: index.path(percentEncoded: false)) else {
      return try ModelFolder(folder)
    }
    let head: Head = try readConfiguration(from: index)
    guard head.pipeline.hasPrefix("StableDiffusion") || head.pipeline.hasPrefix("LatentConsistency")
    else { return try ModelFolder(folder) }
    return try StableDiffusionFolder(folder)
  }

  /// Whether a name is that of a place on the disk.
  func isPath(_ name: String) -> Bool { name.contains("/") || name == "." || name == ".." }

  private struct Head: Decodable {
    let pipeline: String
    enum CodingKeys: String, CodingKey { case pipeline = "_class_name" }
  }
}
