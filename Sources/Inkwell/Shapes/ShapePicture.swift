internal import Checkpoints
internal import Foundation
internal import Modalities
internal import Torch

/// The picture that shapes are made of, as a model sees it.
struct ShapePicture {
  /// The file.
  let file: String
  /// Its SHA-256.
  let hash: String
  /// What is seen in it, `[places, channels]`.
  let seen: Tensor

  /// Reads a picture and looks at it.
  ///
  /// - Parameters:
  ///   - file: The picture's file; nothing is made if not given.
  ///   - model: What looks at it.
  /// - Throws: ``GenerateError`` for a model that sees no pictures, `ImageError`, or what is wrong
  ///   with the file.
  init?(_ file: String?, seenBy model: TextToShapeModel) throws {
    guard let file else { return nil }
    let url = URL(filePath: file)
    guard let seen = try model.seen(in: Image(contentsOf: url)) else {
      throw GenerateError.value(
        "picture", expected: "none, for a model that sees no pictures", found: file)
    }
    self.file = file
    self.seen = seen
    hash = try FileHash.sha256(of: url)
  }
}
