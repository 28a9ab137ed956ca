import Evaluation
import Foundation
import Modalities
import TestSupport
import Testing
import Torch

@testable import Inkwell

/// The whole evaluation of a tiny model of random weights, on high and wide boxes.
@Suite struct EvaluateShapesTests {
  private let folder: TemporaryFolder

  init() throws { folder = try ShapeFixture.make() }

  private func request() -> EvaluateShapes {
    var request = EvaluateShapes(
      model: "tiny", data: folder.file("shapes").path(percentEncoded: false),
      output: folder.file("page").path(percentEncoded: false))
    request.points = 64
    request.resamples = 50
    return request
  }

  private func run(_ request: EvaluateShapes) throws -> ShapeFigures {
    try request(library: ShapeFixture.library(folder))
  }

  @Test("an evaluation tells real shapes from those of a random model, and writes its page")
  func whole() throws {
    let figures = try run(request())
    let page = folder.file("page")
    let data = try Data(contentsOf: page.appending(path: "figures.json"))
    #expect(try JSONDecoder().decode(ShapeFigures.self, from: data) == figures)
    #expect((figures.shapes, figures.trainingShapes, figures.points) == (8, 16, 64))
    // High boxes and wide ones are told apart without fail.
    #expect(figures.real.kind.value == 1 && figures.retrieved.kind.value == 1)
    #expect(figures.real.distance.value < figures.blobs.distance.value)
    #expect(figures.real.distance.value < figures.generated.distance.value)
    #expect(figures.blobs.accuracy.value == 1 && figures.generated.accuracy.value == 1)
    #expect(figures.words.shapes == 22 && figures.words.kindByChance == 0.5)
    #expect(figures.files.keys.contains("transformer/diffusion_pytorch_model.safetensors"))
    for name in ["samples.png", "colors.png"] {
      #expect(try Image(contentsOf: page.appending(path: name)).width > 400)
    }
    let text = try String(contentsOf: page.appending(path: "README.md"), encoding: .utf8)
    #expect(text.contains("| minimum matching distance | "))
    #expect(figures.pictures == nil && !text.contains("## Made of pictures"))
    #expect(!text.contains(folder.url.path(percentEncoded: false)))
    #expect(try run(request()) == figures)
  }

  @Test("shapes of pictures are compared with the shapes that the pictures are of")
  func pictures() throws {
    let folder = try ShapeFixture.make(seeing: true)
    var request = request()
    request.data = folder.file("shapes").path(percentEncoded: false)
    request.output = folder.file("page").path(percentEncoded: false)
    let figures = try #require(
      request(library: ShapeFixture.library(folder)).pictures)
    #expect(figures.shapes == 8)
    // What looks most alike is a box of the same kind, of which two draws are some 0.06 from each
    // other; random weights make none.
    #expect(figures.nearest.distance.value < 0.1 && figures.pictured.distance.value > 0.2)
    #expect(figures.pictured != figures.said && figures.pictured != figures.both)
    let page = try String(contentsOf: folder.file("page/README.md"), encoding: .utf8)
    #expect(page.contains("## Made of pictures") && page.contains("| found by the picture | "))
    #expect(try Image(contentsOf: folder.file("page/pictures.png")).width > 400)
  }

  @Test("numbers out of range, and too few shapes or none, are errors")
  func refusals() throws {
    for (name, change) in [
      ("shapes", { $0.shapes = 7 }), ("resamples", { $0.resamples = 0 }),
      ("points", { $0.points = 63 }), ("perWord", { $0.perWord = 0 }),
    ] as [(String, (inout EvaluateShapes) -> Void)] {
      var changed = request()
      change(&changed)
      let error = #expect(throws: EvaluationError.self) { try run(changed) }
      #expect(error?.description.hasPrefix(name) == true)
    }
    try ShapeFixture.writeShapes(to: folder, heldOut: 3)
    #expect(throws: EvaluationError.tooFew(split: "heldout", expected: 8, found: 3)) {
      try run(request())
    }
    try ShapeFixture.writeShapes(to: folder, heldOut: 0)
    #expect(
      throws: EvaluationError.nothingHeldOut(folder: request().data, splits: ["heldout"])
    ) { try run(request()) }
  }
}
