internal import Foundation
internal import Layers
internal import Models

extension TextToSoundModel {
  /// Reads a model.
  ///
  /// - Parameter folder: A model in diffusers' layout.
  /// - Throws: ``ModelError`` where the parts do not fit together, or what is wrong with a part.
  init(_ folder: SoundModelFolder) throws {
    func part<Part>(_ name: String, _ read: (URL) throws -> Part) throws -> Part {
      let url = folder.url.appending(path: name)
      do {
        return try read(url)
      } catch let error as LoadingError {
        throw ModelError.weights(folder: url.path(percentEncoded: false), reason: "\(error)")
      }
    }
    autoencoder = try part("vae") { try AutoencoderOobleck(folder: $0) }
    network = TextToSoundNetwork(
      projection: try part("projection_model") { try StableAudioProjection(folder: $0) },
      transformer: try part("transformer") { try StableAudioTransformer(folder: $0) })
    textEncoder = try part("text_encoder") { try TextEncoder(folder: $0) }
    schedule = try readConfiguration(from: folder.url.appending(path: ModelFolder.schedulerFile))
    maximumTokens = folder.index.about.maximumTokens
    try checkFit(folder: folder.url.path(percentEncoded: false))
  }

  private func checkFit(folder: String) throws(ModelError) {
    let (before, after) = (network.projection.configuration, network.transformer.configuration)
    let latents = autoencoder.configuration.decoderInputChannels
    for (what, expected, found) in [
      // Beside the latents there may be a melody's.
      (
        "the transformer to take latents of", latents,
        after.inChannels == 2 * latents ? latents : after.inChannels
      ),
      ("the transformer to return latents of", latents, after.outChannels),
      ("the projection to take states of", textEncoder.channels, before.textEncoderDim),
      ("the transformer to attend to", before.conditioningDim, after.crossAttentionInputDim),
      ("the transformer to be told of", 2 * before.conditioningDim, after.globalStatesInputDim),
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
