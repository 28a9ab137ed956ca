internal import Diffusion
internal import Files
internal import Foundation
internal import Models

extension ShapeModelFolder {
  /// Puts trained parts together, beside the transformer that is there, and what sees pictures, if
  /// anything does.
  ///
  /// - Parameters:
  ///   - about: What the model is.
  ///   - schedule: Its levels of noise.
  ///   - textEncoder: The folder of its text encoder, which is copied.
  ///   - folder: The folder of the model.
  /// - Throws: `FileError`, or what encoding throws.
  static func complete(
    _ about: ShapeModelDetails, schedule: FlowSchedule, textEncoder: URL, in folder: URL
  ) throws {
    try copy(["text_encoder": textEncoder], into: folder)
    try ModelPlace.write(
      FlowScheduler(shift: schedule.shift), to: folder, as: ModelFolder.schedulerFile)
    try ModelPlace.write(ShapeModelIndex(about), to: folder, as: ModelFolder.indexFile)
  }
}

extension TextToShapeModel {
  /// Reads a model.
  ///
  /// - Parameter folder: The model's folder.
  /// - Throws: ``ModelError`` where the parts do not fit together, or what is wrong with a part.
  init(_ folder: ShapeModelFolder) throws {
    func url(_ name: String) -> URL { folder.url.appending(path: name) }
    transformer = try TextToImageModel.part(url("transformer")) {
      try PointTransformer(folder: $0)
    }
    textEncoder = try TextToImageModel.part(url("text_encoder")) { try TextEncoder(folder: $0) }
    schedule = try TextToImageModel.schedule(url(ModelFolder.schedulerFile))
    views = try folder.index.about.seenSide.map { side in
      PictureViews(
        encoder: try TextToImageModel.part(url("picture_encoder")) {
          try EfficientNetLite(folder: $0)
        }, seenSide: side)
    }
    maximumTokens = folder.index.about.maximumTokens
    try checkFit(folder: folder.url.path(percentEncoded: false))
  }

  private func checkFit(folder: String) throws(ModelError) {
    let sizes = transformer.configuration
    for (what, expected, found) in [
      ("the transformer to take points of", 6, sizes.inputChannels),
      ("the transformer to return points of", 6, sizes.outputChannels),
      ("the transformer to attend to states of", textEncoder.channels, sizes.conditionChannels),
      (
        "the transformer to see places of", views?.channels ?? 0, sizes.pictureChannels ?? 0
      ),
    ] where expected != found {
      throw .mismatch(
        folder: folder, expected: "\(what) \(expected) channels", found: "\(found) channels")
    }
    guard (2...textEncoder.longestPrompt).contains(maximumTokens) else {
      throw .mismatch(
        folder: folder, expected: "maximum_tokens of 2 to \(textEncoder.longestPrompt)",
        found: "\(maximumTokens)")
    }
  }
}
