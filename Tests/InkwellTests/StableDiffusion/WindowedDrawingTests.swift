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
      #expect(try windowed.isFinite().all().item() == 1)
    }

    @Test("each window sees its own part of the picture that a model is told of")
    func enlarging() throws {
      let reference = try #require(try TaskTests.references("enlarge-ddim").first)
      let (model, settings) = try fixture.model("enlarge", for: reference)
      // Two halves that do not touch: a window that holds one is drawn as that one alone.
      let picture = try fixture.picture("picture")
      var start = RedrawStart(picture: picture, strength: 1)
      start.told = .enlargement(Redraw.Enlargement(noiseLevel: 0))
      let size = try model.sizes(nil, from: start)
      #expect(size.wanted == PictureSize(width: 48, height: 32) && size.drawn == size.wanted)
      var drawing = Drawing(settings: settings, size: size.drawn)
      let whole = try model.latents(
        model.batch(["a"], seeds: [1], drawing: drawing), from: start)
      drawing.window = PictureSize(width: 24, height: 32)
      let windowed = try model.latents(
        model.batch(["a"], seeds: [1], drawing: drawing), from: start)
      #expect(windowed.shape == whole.shape && relativeDistance(windowed, whole) > 1e-3)
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
