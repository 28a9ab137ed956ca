import Diffusion
import Foundation
import Modalities
import TestSupport
import Testing
import Torch

@testable import Inkwell

extension ThreadedTests {
  /// Pictures that are drawn window by window.
  @Suite struct WindowedDrawingTests {
    let fixture: TaskFixture

    init() throws {
      fixture = try TaskFixture()
    }

    private func latents(_ window: PictureSize?, size: PictureSize) throws -> Tensor {
      let model = try StableDiffusionFolder(StableDiffusionFixture.folder("sd1")).model()
      var drawing = Drawing(
        settings: SamplingSettings(steps: 3, guidance: 3, sampler: "ddim"), size: size)
      drawing.window = window
      return try model.latents(model.batch(["a red apple"], seeds: [42], drawing: drawing))
    }

    @Test("a window as large as the picture is the picture, and a smaller one is not")
    func whole() throws {
      let size = PictureSize(width: 48, height: 32)
      let plain = try latents(nil, size: size)
      #expect(distance(try latents(size, size: size), plain) < 1e-5)
      #expect(distance(try latents(64, size: size), plain) < 1e-5)
      let windowed = try latents(32, size: size)
      #expect(windowed.shape == plain.shape && relativeDistance(windowed, plain) > 1e-3)
      #expect(windowed.isFinite().all().item() == 1)
    }

    @Test("each window sees its own part of the picture that a model is told of")
    func enlarging() throws {
      let reference = try #require(try TaskTests.references("enlarge-ddim").first)
      let (model, settings) = try fixture.model("enlarge", for: reference)
      let noise = NoiseSource(seeds: [5])
      let (x, picture) = (noise.normal([4, 16, 24]), noise.normal([3, 16, 24]))
      /// What is estimated of some columns of the latents.
      func estimate(_ columns: Range<Int>, _ window: PictureSize?) throws -> Tensor {
        let size = PictureSize(width: 2 * columns.count, height: 32)
        var drawing = Drawing(settings: settings, size: size)
        drawing.window = window
        let batch = try model.batch(["a"], seeds: [5], drawing: drawing)
        let plan = try model.plan(settings)
        func crop(_ x: Tensor) -> Tensor {
          x.narrowed(dim: 3, start: columns.lowerBound, length: columns.count)
        }
        let network = try model.network(batch, plan: plan, extra: crop(picture))
        return try withoutGradients { try network(crop(x), at: plan.levels[1]) }
      }
      // The windows begin at the columns 0, 6 and 12; the first and the last 6 are seen by one.
      let windowed = try estimate(0..<24, PictureSize(width: 24, height: 32))
      let whole = try estimate(0..<24, nil)
      for (columns, alone, place) in [(0..<12, 0, 0), (12..<24, 6, 18)] {
        func part(_ x: Tensor, _ start: Int) -> Tensor {
          x.narrowed(dim: 3, start: start, length: 6)
        }
        let own = try estimate(columns, nil)
        #expect(relativeDistance(part(windowed, place), part(own, alone)) < 1e-5)
        #expect(relativeDistance(part(windowed, place), part(whole, place)) > 1e-3)
      }
    }

    @Test("the windows of an enlargement are of the size that the model was trained for")
    func defaults() throws {
      let model = try StableDiffusionFolder(StableDiffusionFixture.folder("sd1")).model()
      var start = RedrawStart(picture: try fixture.picture("picture"), strength: 1)
      #expect(try model.window(nil, from: start) == nil)
      start.told = .enlargement(Redraw.Enlargement())
      #expect(try model.window(nil, from: start) == 16)
      #expect(try model.window(32, from: start) == 32)
      let sizes = try model.sizes(nil, from: start)
      #expect(sizes.wanted == PictureSize(width: 48, height: 32) && sizes.drawn == sizes.wanted)
      #expect(try model.sizes(64, from: start).drawn == 64)
    }

    @Test("a model that was not trained to enlarge does so by a ControlNet for tiles")
    func tileControl() throws {
      let model = StableDiffusionFixture.folder("sd1").path(percentEncoded: false)
      let control = StableDiffusionFixture.folder("control").path(percentEncoded: false)
      let arguments = [
        "enlarge", "picture.png", "a red apple", "--to", "3", "--model", model, "--seed", "4",
        "--steps", "8", "--sampler", "ddim", "--quiet",
      ]
      var pictures: [Image] = []
      for (name, flags) in [("plain", []), ("tile", ["--tile-control", control])] {
        let run = try CommandRun(
          arguments + flags + ["--output", "\(name).png"], in: fixture.folder
        ).finish()
        #expect(run.status == 0, "\(run.errors)")
        pictures.append(try Image(contentsOf: fixture.folder.file("\(name).png")))
      }
      #expect(pictures.allSatisfy { $0.width == 72 && $0.height == 48 })
      #expect(pictures[0] != pictures[1])
      let again = try CommandRun(
        ["regenerate", "tile.png", "--model", model], in: fixture.folder
      ).finish()
      #expect(again.errors.contains("the same bytes as tile.png"), "\(again.errors)")
    }
  }
}
