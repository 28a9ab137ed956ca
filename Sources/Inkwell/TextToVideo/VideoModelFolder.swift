internal import Foundation
internal import Models

/// A text-to-video model on the disk, in diffusers' layout.
public typealias VideoModelFolder = IndexedFolder<VideoModelDetails>

extension TextToVideoModel {
  /// Reads a model.
  ///
  /// - Parameter folder: A model in diffusers' layout.
  /// - Throws: ``ModelError`` where the parts do not fit together, or what is wrong with a part.
  package init(_ folder: VideoModelFolder) throws {
    func part(_ name: String) -> URL { folder.url.appending(path: name) }
    self.init(
      autoencoder: try TextToImageModel.part(part("vae")) { try WanAutoencoder(folder: $0) },
      transformer: try TextToImageModel.part(part("transformer")) {
        try WanTransformer(folder: $0)
      },
      textEncoder: try TextToImageModel.part(part("text_encoder")) {
        try TextEncoder(folder: $0)
      },
      schedule: try TextToImageModel.schedule(part(ModelFolder.schedulerFile)),
      about: folder.index.about)
    try checkFit(folder: part("transformer").path(percentEncoded: false))
  }

  private func checkFit(folder: String) throws(ModelError) {
    let latents = autoencoder.configuration
    let sizes = transformer.configuration
    for (what, expected, found) in [
      ("the transformer to take latents and known ones of", 2 * latents.zDim + 1, sizes.inChannels),
      ("the transformer to return latents of", latents.zDim, sizes.outChannels),
      ("the transformer to attend to states of", textEncoder.channels, sizes.textDim),
      ("the autoencoder to see colours in", 3, latents.colors),
    ] where expected != found {
      throw .mismatch(
        folder: folder, expected: "\(what) \(expected) channels", found: "\(found) channels")
    }
    let group = latents.timeReduction
    let step = latents.reduction * sizes.patchSize[1]
    guard about.frames > 1, about.frames % group == 1 % group, about.side > 0,
      about.side % step == 0, sizes.patchSize[0] == 1, sizes.patchSize[1] == sizes.patchSize[2],
      (2...textEncoder.longestPrompt).contains(about.maximumTokens)
    else {
      throw .mismatch(
        folder: folder,
        expected: "one frame and groups of \(group), of multiples of \(step) pixels, and prompts "
          + "of 2 to \(textEncoder.longestPrompt) tokens",
        found: "\(about.frames) frames of \(about.side) pixels and \(about.maximumTokens) tokens")
    }
  }
}
