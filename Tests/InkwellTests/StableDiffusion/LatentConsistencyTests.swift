import Checkpoints
import Foundation
import Layers
import TestSupport
import Testing
import Torch

@testable import Inkwell
@testable import Models

extension ThreadedTests {
  /// A latent consistency model, beside diffusers' own picture from the same seed.
  @Suite struct LatentConsistencyTests {
    @Test("four steps of a model that is told the guidance are those of diffusers")
    func parity() throws {
      let folder = try TemporaryFolder()
      let reference = try #require(try ReferencePicture.all("lcm").first)
      let golden = try Golden("lcm.safetensors")
      let scheduler = try reference.configuration(in: folder)
      let plain = try StableDiffusionFixture.model("sd1", scheduler)
      let place = StableDiffusionFixture.folder("sd1/unet")
      var sizes: UNet2DConditionConfiguration = try readConfiguration(
        from: place.appending(path: "config.json"))
      sizes.encoder.timeCondProjDim = 6
      let file = try Checkpoint(contentsOf: weightsFile(in: place))
      let (name, told) = ("time_embedding.cond_proj.weight", try golden["cond_proj"])
      let weights = WeightSource(names: file.names + [name]) {
        $0 == name ? told : try file.tensor($0)
      }
      let unet = try ParameterStore(loading: weights, dtype: .float32).network {
        UNet2DConditionModel($0, sizes)
      }
      let model = StableDiffusionModel(
        unet: unet, autoencoder: plain.autoencoder, text: plain.text, scheduler: scheduler)
      let settings = StableDiffusionModel.settings(scheduler, unet: sizes, isXL: false)
      #expect(settings == SamplingSettings(steps: 4, guidance: 8.5, sampler: "lcm"))
      let latents = try model.latents(
        model.batch(
          reference.prompts, seeds: reference.seeds,
          drawing: Drawing(settings: settings, size: 16)))
      #expect(relativeDistance(latents, try golden["lcm.latents"]) < 1e-4)
    }
  }
}
