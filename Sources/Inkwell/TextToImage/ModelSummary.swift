public import Foundation

/// What a model that makes pictures of prompts is, without its weights being read.
public struct ModelSummary: Sendable, Hashable {
  /// Its name in the library.
  public let name: String
  /// What it draws, in a few words.
  public let summary: String
  /// The size of the pictures that it was trained for.
  public let size: PictureSize
  /// The bytes of all files on which a picture depends.
  public let bytes: Int
  /// The styles that a prompt can name.
  public let styles: [String]
  /// The folder.
  public let folder: URL
}

extension ModelLibrary {
  /// What a model is.
  ///
  /// - Parameter model: Its name and folder, one of ``models()``.
  /// - Returns: What it is.
  /// - Throws: ``ModelError`` or what is wrong with a file that describes it.
  public func summary(of model: (name: String, folder: URL)) throws -> ModelSummary {
    let source = try source(in: model.folder)
    return ModelSummary(
      name: model.name, summary: source.summary, size: try source.nativeSize,
      bytes: try source.byteCount, styles: source.styles, folder: model.folder)
  }
}
