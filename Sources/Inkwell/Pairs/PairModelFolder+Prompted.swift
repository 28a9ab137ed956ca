internal import Foundation
internal import Models

extension PairModelFolder: PromptedModelSource {
  var settings: SamplingSettings { index.about.settings }

  var summary: String { index.about.summary }

  var nativeSize: PictureSize {
    get throws {
      let network: UniDiffuserConfiguration = try readConfiguration(
        from: url.appending(path: "unet/config.json"))
      let autoencoder: AutoencoderKLConfiguration = try readConfiguration(
        from: url.appending(path: "vae/config.json"))
      return PictureSize(square: network.sampleSize * autoencoder.reduction)
    }
  }

  func model(_ additions: ModelAdditions) throws -> PairModel {
    try additions.refuse(for: "a model that is no Stable Diffusion")
    return try PairModel(self, additions.precision).running(additions)
  }
}
