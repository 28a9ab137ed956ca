internal import Foundation
internal import Models

extension ModelLibrary {
  /// A model that makes pictures of prompts, of any family.
  ///
  /// - Parameter name: A name in the library, the path of a folder, which has a slash, or that of a
  ///   file of weights.
  /// - Returns: Where it is.
  /// - Throws: ``ModelError`` that names the nearest models, or what reading a folder throws.
  func promptedModel(_ name: String) throws -> any PromptedModelSource {
    let file = URL(filePath: name)
    if Self.fileTypes.contains(file.pathExtension.lowercased())
      || (isPath(name) && isFile(file))
    {
      return try StableDiffusionFile(file)
    }
    let folder =
      isPath(name) ? URL(filePath: name, directoryHint: .isDirectory) : try folder(name)
    return try source(in: folder)
  }

  /// A model that makes pictures of prompts, in a folder.
  func source(in folder: URL) throws -> any PromptedModelSource {
    guard isFolder(folder) else {
      throw ModelError.missing(path: folder.path(percentEncoded: false))
    }
    let index = folder.appending(path: ModelFolder.indexFile)
    guard FileManager.default.fileExists(atPath: index.path(percentEncoded: false)) else {
      return try ModelFolder(folder)
    }
    let head: PipelineHead = try readConfiguration(from: index)
    guard ![DiTFolder.pipeline, PixelModelIndex.pipeline].contains(head.pipeline) else {
      throw ModelError.unsupported(
        file: index.path(percentEncoded: false), key: "_class_name",
        expected: "a model that reads prompts", found: "\(head.pipeline), see `inkwell sample`")
    }
    if head.pipeline == PairModelDetails.pipeline { return try PairModelFolder(folder) }
    guard head.pipeline.hasPrefix("StableDiffusion") || head.pipeline.hasPrefix("LatentConsistency")
    else { return try ModelFolder(folder) }
    return try StableDiffusionFolder(folder)
  }

  /// What the names of files of weights end in.
  private static let fileTypes: Set<String> = ["safetensors", "gguf", "ckpt"]

  private func isFile(_ url: URL) -> Bool {
    FileManager.default.fileExists(atPath: url.path(percentEncoded: false)) && !isFolder(url)
  }

  /// Whether a name is that of a place on the disk.
  func isPath(_ name: String) -> Bool { name.contains("/") || name == "." || name == ".." }
}
