public import Diffusion
public import Foundation
internal import Models

/// A model that says what pictures show, on the disk.
public enum CaptionModelSource: Sendable {
  /// One that does nothing else.
  case captions(CaptionModelFolder)
  /// One that draws as well.
  case pairs(PairModelFolder)

  /// Looks into a folder, whose weights are not read yet.
  ///
  /// - Parameter url: The folder.
  /// - Throws: ``ModelError`` that names every file that is missing, or what is wrong with
  ///   `model_index.json`.
  public init(_ url: URL) throws {
    try ModelFolder.check(url, has: [ModelFolder.indexFile])
    let head: PipelineHead = try readConfiguration(
      from: url.appending(path: ModelFolder.indexFile))
    self =
      head.pipeline == PairModelDetails.pipeline
      ? .pairs(try PairModelFolder(url)) : .captions(try CaptionModelFolder(url))
  }

  /// The folder.
  public var url: URL {
    switch self {
    case .captions(let folder): folder.url
    case .pairs(let folder): folder.url
    }
  }

  /// The folder's own name.
  public var name: String { url.standardizedFileURL.lastPathComponent }

  /// How captions are made unless something else is asked for.
  public var sampling: Unmasking {
    switch self {
    case .captions(let folder): folder.index.about.sampling
    case .pairs(let folder): folder.index.about.sampling
    }
  }

  /// The SHA-256 of every file on which a caption depends, by its path in the folder.
  func hashes() throws -> [String: String] {
    switch self {
    case .captions(let folder): try folder.hashes()
    case .pairs(let folder): try folder.hashes()
    }
  }

  /// Reads the model.
  func model() throws -> PictureToTextModel {
    switch self {
    case .captions(let folder): try PictureToTextModel(folder)
    case .pairs(let folder): try PairModel(folder).captions
    }
  }
}
