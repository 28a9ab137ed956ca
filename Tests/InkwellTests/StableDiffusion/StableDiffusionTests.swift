import Foundation
import TestSupport
import Testing
import Torch

@testable import Inkwell

extension ThreadedTests {
  /// Pictures of Stable Diffusion, beside diffusers' own from the same seeds.
  @Suite struct StableDiffusionTests {
    let folder: TemporaryFolder

    init() throws {
      folder = try TemporaryFolder()
    }

    private func compare(_ reference: ReferencePicture, of pipeline: String) throws {
      let golden = try Golden("\(pipeline).safetensors")
      let scheduler = try reference.configuration(in: folder)
      let model = try StableDiffusionFixture.model(pipeline, scheduler)
      let settings = reference.settings(scheduler)
      let drawing = Drawing(settings: settings, size: try model.drawnSize(reference.size))
      let latents = try model.latents(
        model.batch(reference.prompts, seeds: reference.seeds, drawing: drawing))
      // diffusers' tables are in float32, and guidance multiplies what rounding leaves; where the
      // last timestep is rescaled to no signal, they are differences of numbers nearly alike.
      let tolerance = scheduler.hasZeroTerminalSNR ? 5e-4 : 1e-4
      let off = relativeDistance(latents, try golden["\(reference.name).latents"])
      #expect(off < tolerance)
      let pictures = try StableDiffusionFixture.bytes(model.pictures(latents))
      let steps = distance(pictures, try golden["\(reference.name).picture"])
      #expect(steps <= 1)
    }

    @Test("a seed gives diffusers' latents and picture", arguments: try ReferencePicture.all("sd1"))
    func parity(reference: ReferencePicture) throws {
      try compare(reference, of: "sd1")
    }

    @Test("so it does with SDXL's two encoders", arguments: try ReferencePicture.all("sdxl"))
    func parityXL(reference: ReferencePicture) throws {
      try compare(reference, of: "sdxl")
    }
  }
}
