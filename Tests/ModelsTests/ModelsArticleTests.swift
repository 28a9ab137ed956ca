import Foundation
import Layers
import Models
import TestSupport
import Testing
import Torch

/// The worked example of `Models.docc/Models.md`, line for line.
@Suite struct ModelsArticleTests {
  @Test("the article's picture and prompt have the shapes that it says, and the picture comes back")
  func example() throws {
    let model = Repository.model
    let textEncoder = try TextEncoder(folder: model.appending(path: "text_encoder"))
    let autoencoder = try AutoencoderKL(folder: model.appending(path: "vae"))

    var sizes = PixArtConfiguration()
    sizes.numAttentionHeads = 4
    sizes.attentionHeadDim = 16
    sizes.numLayers = 2
    sizes.sampleSize = 16
    sizes.inChannels = autoencoder.configuration.latentChannels
    sizes.outChannels = autoencoder.configuration.latentChannels
    sizes.captionChannels = textEncoder.channels
    let store = ParameterStore(initializing: Generator(seed: 0))
    let transformer = try store.network { PixArtTransformer($0, sizes) }

    let prompt = try textEncoder.encode(["a red apple"])
    let x = Tensor.linspace(from: -1, to: 1, count: 64)
    let disc = (x * x + (x * x).unsqueezed(1)).less(than: 0.5)
    let pictures = Tensor.ones([1, 3, 64, 64]).maskedFill(disc, with: .real(-0.5))
    let (latents, prediction, decoded) = try checked {
      withoutGradients {
        let latents = autoencoder.scaled(autoencoder.encode(pictures).mean)
        let prediction = transformer(
          latents, timestep: Tensor([Float(500)]), text: prompt.states, mask: prompt.mask)
        return (latents, prediction, autoencoder.decode(autoencoder.unscaled(latents)))
      }
    }

    #expect(latents.shape == [1, 8, 16, 16])
    #expect(prediction.shape == [1, 8, 16, 16])
    #expect(distance(prediction, .zeros([1, 8, 16, 16])) == 0)
    #expect(decoded.shape == [1, 3, 64, 64])
    #expect((decoded - pictures).absolute().mean().item() < 0.05)
  }
}
