import Diffusion
import Foundation
import Modalities
import TestSupport
import Testing
import Torch

@testable import Inkwell

extension ThreadedTests {
  /// Windows beside a mask, a ControlNet, or an IP-Adapter whose picture counts in a part only.
  @Suite struct WindowedSteeringTests {
    let fixture: TaskFixture
    /// The latents' height and width; a picture is twice as large.
    private let rows = 16
    private let columns = 24

    init() throws {
      fixture = try TaskFixture()
    }

    private func plain() throws -> StableDiffusionModel {
      try StableDiffusionFolder(StableDiffusionFixture.folder("sd1")).model()
    }

    /// Writes a picture of random squares, as large as what is drawn.
    private func writeSquares(to name: String) throws -> String {
      let squares = Generator(seed: 9).uniform([3, rows / 2, columns / 2])
      let pixels = squares.unsqueezed(0).upsampledNearest2d(
        size: [2 * rows, 2 * columns], scale: nil)
      try Image(tensor: pixels.squeezed(0) * 2 - 1).save(to: fixture.folder.file(name))
      return fixture.path(name)
    }

    /// Writes a mask that is white on the left of a column.
    private func writeMask(to name: String, leftOf column: Int) throws -> String {
      var mask = Image(width: 2 * columns, height: 2 * rows, color: .black)
      mask.draw(Image(width: column, height: 2 * rows, color: .white), x: 0, y: 0)
      try mask.save(to: fixture.folder.file(name))
      return fixture.path(name)
    }

    /// Checks that windows see what their part of a drawing sees alone.
    ///
    /// The windows begin at the columns 0, 6 and 12; the first and the last 6 are seen by one.
    ///
    /// - Parameters:
    ///   - model: The model.
    ///   - extra: What it sees beside the latents, if it does.
    ///   - steer: Adds to the drawing of some columns of the picture.
    /// - Throws: What drawing throws.
    private func expectOwnParts(
      _ model: StableDiffusionModel, extra: Tensor? = nil,
      _ steer: (inout Drawing, _ columns: Range<Int>) throws -> Void = { _, _ in }
    ) throws {
      let x = NoiseSource(seeds: [5]).normal([4, rows, columns])
      func estimate(_ part: Range<Int>, _ window: PictureSize?) throws -> Tensor {
        var drawing = Drawing(
          settings: SamplingSettings(steps: 3, guidance: 3, sampler: "ddim"),
          size: PictureSize(width: 2 * part.count, height: 2 * rows))
        drawing.window = window
        try steer(&drawing, 2 * part.lowerBound..<2 * part.upperBound)
        let batch = try model.batch(["a red apple"], seeds: [5], drawing: drawing)
        let plan = try model.plan(drawing.settings)
        func crop(_ x: Tensor) -> Tensor {
          x.narrowed(dim: 3, start: part.lowerBound, length: part.count)
        }
        let network = try model.network(batch, plan: plan, extra: extra.map(crop))
        return try checked {
          try withoutGradients { try network(crop(x), at: plan.levels[1]) }
        }
      }
      let whole = try estimate(0..<columns, nil)
      let windowed = try estimate(0..<columns, PictureSize(width: 24, height: 32))
      for (part, alone, place) in [(0..<12, 0, 0), (12..<24, 6, 18)] {
        func six(_ x: Tensor, _ start: Int) -> Tensor {
          x.narrowed(dim: 3, start: start, length: 6)
        }
        let own = try estimate(part, nil)
        #expect(relativeDistance(six(windowed, place), six(own, alone)) < 1e-5)
        #expect(relativeDistance(six(windowed, place), six(whole, place)) > 1e-4)
      }
      let one = try estimate(0..<columns, PictureSize(width: 48, height: 32))
      #expect(relativeDistance(one, whole) < 1e-6)
    }

    @Test("a window is steered by its own part of a ControlNet's picture")
    func controlNet() throws {
      let model = try plain()
      let network = StableDiffusionFixture.folder("control").path(percentEncoded: false)
      let guide = try model.guide(
        Generate.Control(model: network, picture: writeSquares(to: "control.png")),
        size: PictureSize(width: 2 * columns, height: 2 * rows))
      try expectOwnParts(model) { drawing, columns in
        drawing.controls = [
          guide.with(
            picture: guide.picture.narrowed(
              dim: 3, start: columns.lowerBound, length: columns.count
            ).contiguous())
        ]
      }
    }

    @Test("a window sees its own part of an IP-Adapter's mask")
    func imagePrompt() throws {
      let model = try plain()
      let folder = StableDiffusionFixture.folder("ip_adapter")
      func write(_ name: String, to path: String) throws -> String {
        try SeededWeights(contentsOf: folder.appending(path: "\(name).json"))
          .write(to: fixture.folder.file(path))
        return fixture.path(path)
      }
      try fixture.folder.write(
        Data(contentsOf: folder.appending(path: "config.json")), to: "image_encoder/config.json")
      _ = try write("encoder", to: "image_encoder/model.safetensors")
      var prompt = Generate.ImagePrompt(
        picture: fixture.path("picture.png"),
        adapter: try write("plain", to: "plain.safetensors"), scale: 1)
      prompt.mask = try writeMask(to: "left.png", leftOf: 20)
      let guides = try model.imageGuides(
        [prompt], size: PictureSize(width: 2 * columns, height: 2 * rows))
      try expectOwnParts(model) { drawing, columns in
        drawing.images = guides.map { guide in
          var guide = guide
          guide.mask = guide.mask?.narrowed(
            dim: 3, start: columns.lowerBound, length: columns.count
          ).contiguous()
          return guide
        }
      }
    }

    @Test("a window of a model that is told a mask sees its own part of it")
    func toldMask() throws {
      let first = try Golden("redraw.safetensors")["conv_in"]
      let model = try StableDiffusionFixture.toldMask(plain(), first: first)
      let picture = NoiseSource(seeds: [6]).normal([4, rows, columns])
      let isLeft = Tensor.range(to: columns).less(than: 10).converted(to: .float32)
      let mask = isLeft.reshaped(1, 1, 1, columns).expanded(1, 1, rows, -1)
      try expectOwnParts(model, extra: concatenate(mask, picture, dim: 1))
    }

    @Test("what a mask keeps is kept to the bit with windows too, and the rest is drawn in them")
    func inpainting() throws {
      let model = try plain()
      var start = RedrawStart(
        picture: try Image(contentsOf: URL(filePath: writeSquares(to: "squares.png"))),
        strength: 0.8)
      start.mask = try Image(contentsOf: URL(filePath: writeMask(to: "mask.png", leftOf: 22)))
      func latents(_ window: PictureSize?) throws -> Tensor {
        var drawing = Drawing(
          settings: SamplingSettings(steps: 5, guidance: 3, sampler: "euler-ancestral"),
          size: start.size)
        drawing.window = window
        return try model.latents(
          model.batch(["a red apple"], seeds: [42], drawing: drawing), from: start)
      }
      let (whole, windowed) = (try latents(nil), try latents(PictureSize(width: 24, height: 32)))
      func part(_ x: Tensor, _ columns: Range<Int>) -> Tensor {
        x.narrowed(dim: 3, start: columns.lowerBound, length: columns.count)
      }
      #expect(distance(part(windowed, 11..<24), part(whole, 11..<24)) == 0)
      #expect(relativeDistance(part(windowed, 0..<11), part(whole, 0..<11)) > 1e-3)
      let one = try latents(PictureSize(width: 48, height: 32))
      #expect(relativeDistance(one, whole) < 1e-5)
    }
  }
}
