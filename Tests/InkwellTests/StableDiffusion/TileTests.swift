import Foundation
import Modalities
import Models
import TestSupport
import Testing
import Torch

@testable import Diffusion
@testable import Inkwell

extension ThreadedTests {
  /// Pictures whose edges meet.
  @Suite struct TileTests {
    /// The small model with edges that meet.
    private func model(_ tile: Generate.Tile?) throws -> StableDiffusionModel {
      var options = Generate.Options()
      options.tile = tile
      return try StableDiffusionFolder(StableDiffusionFixture.folder("sd1")).model(
        ModelAdditions(Generate.Request(prompts: [""], options: options)))
    }

    @Test("rolled noise draws the rolled picture where edges meet, and only there")
    func tiles() throws {
      for (tile, rolls) in [
        (.both, [true, true]), (.x, [false, true]), (.y, [true, false]), (nil, [false, false]),
      ]
        as [(Generate.Tile?, [Bool])]
      {
        let stable = try model(tile)
        let settings = SamplingSettings(steps: 3, guidance: 3, sampler: "ddim")
        let batch = try stable.batch(
          ["a red apple"], seeds: [1], drawing: Drawing(settings: settings, size: 16))
        let plan = try stable.plan(settings)
        let denoiser = try stable.denoiser(batch, plan: plan, extra: nil)
        let noise = NoiseSource(seeds: [1])
        let x = noise.normal(stable.latentShape(16))
        func drawn(_ x: Tensor) throws -> Tensor {
          let latents = try plan(x, denoiser, noise) { _ in }
          return withoutGradients {
            stable.autoencoder.decode(stable.autoencoder.unscaled(latents))
          }
        }
        let whole = try drawn(x)
        for (dim, meets) in zip([2, 3], rolls) {
          let rolled = try drawn(x.rolled([4], dims: [dim]))
          let off = relativeDistance(rolled, whole.rolled([8], dims: [dim]))
          #expect((off < 1e-4) == meets, "\(tile?.rawValue ?? "none"), \(dim): \(off)")
        }
        // So does what a picture is encoded to.
        let picture = NoiseSource(seeds: [2]).normal([3, 16, 16])
        func encoded(_ x: Tensor) -> Tensor {
          withoutGradients { stable.autoencoder.encode(x).mean }
        }
        let off = relativeDistance(
          encoded(picture.rolled([4], dims: [3])), encoded(picture).rolled([2], dims: [3]))
        #expect((off < 1e-4) == rolls[1])
      }
    }

    @Test("a ControlNet's edges meet where the U-Net's do", arguments: [Generate.Tile.both, nil])
    func controls(tile: Generate.Tile?) throws {
      let folder = try TemporaryFolder()
      let stable = try model(tile)
      let settings = SamplingSettings(steps: 3, guidance: 1, sampler: "ddim")
      let plan = try stable.plan(settings)
      let (x, colours) = (Generator(seed: 1).normal([1, 4, 8, 8]), Generator(seed: 2))
      let picture = colours.uniform([3, 16, 16]) * 2 - 1
      func estimate(_ shift: Int) throws -> Tensor {
        let file = folder.file("\(shift).png")
        try Image(tensor: picture.rolled([2 * shift], dims: [2])).save(to: file)
        let control = Generate.Control(
          model: StableDiffusionFixture.folder("control").path(percentEncoded: false),
          picture: file.path(percentEncoded: false), scale: 5)
        var drawing = Drawing(settings: settings, size: 16)
        drawing.controls = [try stable.guide(control, size: 16)]
        let batch = try stable.batch(["a red apple"], seeds: [1], drawing: drawing)
        let denoiser = try stable.denoiser(batch, plan: plan, extra: nil)
        return try denoiser(x.rolled([shift], dims: [3]), at: plan.levels[0])
      }
      let off = relativeDistance(try estimate(4), try estimate(0).rolled([4], dims: [3]))
      #expect((off < 1e-4) == (tile == .both), "\(off)")
    }
  }
}
