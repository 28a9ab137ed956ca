import Evaluation
import Foundation
import Modalities
import TestSupport
import Testing
import Torch

@testable import Inkwell

/// Curves and likelihoods of tiny models.
@Suite(.serialized) struct CurveTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try PixelFixture.make()
    for (name, recipe) in [
      ("model", try PixelFixture.pixels(folder)),
      ("features", PixelFixture.classifier(folder)),
      ("guide", PixelFixture.classifier(folder, isNoisy: true)),
    ] {
      try folder.write(recipe.utf8, to: "recipe.json")
      var recipe = try TrainingRecipe(contentsOf: folder.file("recipe.json"))
      try recipe.override(data: nil, steps: 2)
      try recipe.train(folder: folder.file(name))
    }
  }

  private func curve() -> Curve {
    var curve = Curve(
      models: [folder.file("model/model").path(percentEncoded: false)],
      data: folder.file("pictures").path(percentEncoded: false),
      features: folder.file("features/model").path(percentEncoded: false),
      output: folder.file("curve").path(percentEncoded: false))
    (curve.samplers, curve.steps) = (["ddim", "ddim:0.5", "heun"], [2, 3])
    (curve.pictures, curve.resamples) = (6, 3)
    return curve
  }

  @Test("figures are written as they are returned, and the same come again")
  func writes() throws {
    let figures = try curve()()
    let data = try Data(contentsOf: folder.file("curve/curve.json"))
    #expect(try JSONDecoder().decode(CurveFigures.self, from: data) == figures)
    #expect(
      figures.points.map(\.sampler) == ["ddim", "ddim", "ddim:0.5", "ddim:0.5", "heun", "heun"])
    #expect(figures.points.map(\.steps) == [2, 3, 2, 3, 2, 3])
    // Heun asks twice in every step but the last, which ends clean.
    #expect(figures.points.map(\.evaluations) == [2, 3, 2, 3, 3, 5])
    #expect(figures.axis == .evaluations)
    // All held-out pictures, or some of both classes, are like the training pictures.
    var all = curve()
    all.pictures = 8
    all.output = folder.file("all").path(percentEncoded: false)
    (all.samplers, all.steps) = (["ddim"], [1])
    let (some, whole) = (figures.real.value, try all().real.value)
    #expect(abs(some - whole) < 1 + whole)
    let rows = try String(contentsOf: folder.file("curve/curve.csv"), encoding: .utf8)
    #expect(rows == figures.csv && rows.split(separator: "\n").count == 7)
    let svg = try String(contentsOf: folder.file("curve/frechet.svg"), encoding: .utf8)
    #expect(svg.hasPrefix("<svg ") && svg.components(separatedBy: "<circle").count == 7)
    #expect(try Image(contentsOf: folder.file("curve/points.png")).height == 6 * 20 + 4)
    let again = try curve()()
    #expect(again.points.map(\.frechet) == figures.points.map(\.frechet))
  }

  @Test("pixels are compared in squares, with other figures and the same accuracy")
  func pixels() throws {
    let picture = Tensor((0..<20).map(Float.init), shape: [1, 1, 4, 5])
    // The fifth column is left out.
    #expect(Curve.Comparison.squares(picture).values(as: Float.self) == [3, 5, 13, 15])
    let features = try curve()()
    var request = curve()
    request.comparison = .pixels
    let pixels = try request()
    #expect(pixels.points.map(\.accuracy) == features.points.map(\.accuracy))
    #expect(pixels.real != features.real)
    #expect(zip(pixels.points, features.points).allSatisfy { $0.frechet != $1.frechet })
  }

  @Test("several scales are compared by scale, the network's own or a classifier's")
  func guidance() throws {
    var scaled = curve()
    (scaled.samplers, scaled.steps, scaled.scales) = (["ddim"], [2], [0, 1, 3])
    let own = try scaled()
    #expect(own.axis == .scale && own.points.map(\.scale) == [0, 1, 3])
    #expect(
      FileManager.default.fileExists(
        atPath: folder.file("curve/accuracy.svg").path(percentEncoded: false)))
    scaled.guide = folder.file("guide/model").path(percentEncoded: false)
    let guided = try scaled()
    // Both without the label at scale 0, and guided by others elsewhere.
    #expect(guided.points[0].frechet == own.points[0].frechet)
    #expect(guided.points[2].frechet != own.points[2].frechet)
  }

  @Test("what cannot be compared is refused")
  func refusals() throws {
    func refusal(_ change: (inout Curve) -> Void) -> String {
      var changed = curve()
      change(&changed)
      let error = #expect(throws: (any Error).self) { try changed() }
      return error.map { "\($0)" } ?? ""
    }
    #expect(refusal { $0.steps = [] } == "steps: expected at least one, found none")
    #expect(refusal { $0.steps = [0] } == "steps: expected 1 or more, found 0")
    #expect(refusal { $0.pictures = 1 } == "pictures: expected 2 or more, found 1")
    #expect(refusal { $0.scales = [-1] } == "guidance: expected a scale from 0, found -1.0")
    #expect(refusal { $0.samplers = ["ddim:2"] }.contains("expected a share from 0 to 1, found 2"))
    #expect(refusal { $0.samplers = ["dimm"] }.contains("there is no sampler \"dimm\""))
    let guide = folder.file("guide/model").path(percentEncoded: false)
    #expect(refusal { $0.guide = guide }.contains("at least one scale beside a guide"))
    #expect(refusal { $0.features = guide }.contains("process: expected none, for clean pictures"))
    let clean = folder.file("features/model").path(percentEncoded: false)
    #expect(
      refusal { ($0.guide, $0.scales) = (clean, [1]) }.contains("process: expected none, found"))
  }

  @Test("a likelihood is finite and depends on nothing but its request")
  func likelihood() throws {
    var request = Likelihood(
      model: folder.file("model/model").path(percentEncoded: false),
      data: folder.file("pictures").path(percentEncoded: false))
    (request.pictures, request.tolerance) = (4, 1e-2)
    let figures = try request()
    #expect(figures.pictures == 4 && figures.dimensions == 256 && figures.bits.value.isFinite)
    #expect(try request() == figures)
    request.probes = 0
    #expect(throws: CurveError.value("probes", expected: "1 or more", found: "0")) {
      try request()
    }
    #expect(
      try JSONDecoder().decode(Likelihood.self, from: JSONEncoder().encode(request)) == request)
  }
}
