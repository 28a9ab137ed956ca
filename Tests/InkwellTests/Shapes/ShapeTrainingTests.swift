import Foundation
import Modalities
import Models
import TestSupport
import Testing
import Torch
import Training

@testable import Inkwell

extension ThreadedTests {
  @Suite struct ShapeTrainingTests {
    let folder: TemporaryFolder

    init() throws {
      // Sums depend on the number of threads, which other tests of this suite leave changed.
      Machine.threads = Machine.standardThreads
      folder = try ShapeFixture.make()
    }

    private func train(_ recipe: String, to run: String, stoppingAt step: Int? = nil) throws {
      let recipe = try TrainingRecipe(contentsOf: folder.file(recipe))
      var started: TrainingRun?
      try recipe.train(
        folder: folder.file(run), onStart: { started = $0 },
        report: { report in
          if case .progress(let progress) = report, progress.step == step { started?.requestStop() }
        })
    }

    @Test("a run that was stopped and goes on ends with the bits of one that was not")
    func resumes() throws {
      try train("shapes.json", to: "whole")
      #expect(throws: CancellationError.self) {
        try train("shapes.json", to: "cut", stoppingAt: 3)
      }
      try train("shapes.json", to: "cut")
      let file = "model/transformer/diffusion_pytorch_model.safetensors"
      #expect(
        try Data(contentsOf: folder.file("whole/\(file)"))
          == Data(contentsOf: folder.file("cut/\(file)")))
      // What training leaves is a whole model, which knows what it was trained on.
      let model = try ShapeModelFolder(folder.file("whole/model"))
      #expect(model.index.about.groups == ["chair", "table"])
      #expect(try TextToShapeModel(model).transformer.configuration.points == 64)
      #expect(try Image(contentsOf: folder.file("whole/samples/0000006.png")).width > 100)
    }

    @Test("a training for other numbers of points starts from what was trained")
    func initial() throws {
      try train("shapes.json", to: "coarse")
      let text = try String(contentsOf: folder.file("shapes.json"), encoding: .utf8)
      let start = folder.file("coarse/model/transformer").path(percentEncoded: false)
      try folder.write(
        text.replacing("\"n_ctx\": 64", with: "\"n_ctx\": 80")
          .replacing("\"maximumTokens\"", with: "\"initial\": \"\(start)\", \"maximumTokens\"")
          .utf8, to: "fine.json")
      try train("fine.json", to: "fine")
      let fine = try PointTransformer(folder: folder.file("fine/model/transformer"))
      #expect(fine.configuration.points == 80)
    }

    @Test("a batch has points of its shapes, painted where the words say so, and words or none")
    func batches() throws {
      var training = try ShapeFixture.training(folder)
      training.stretch = 0
      training.paintedShare = 1
      training.captionDropout = 0
      let inputs = try ShapeData(
        for: training, cache: folder.file("cache"), report: { _ in })
      let (x0, states, seen) = inputs.batch([0, 1, 2, 3], Generator(seed: 5))
      #expect(x0.shape.sizes == [4, 6, 64] && states.shape.sizes == [4, 8, 24] && seen == nil)
      for row in 0..<4 {
        let cloud = try PointCode.cloud(x0.selected(dim: 0, index: row))
        // One colour everywhere, since the shapes are of one lightness.
        #expect(Set(cloud.colors.map { ColorWord($0) }).count == 1)
        let places = Set(
          try ShapeFixture.cloud(row % 2, row).positions.map { SIMD3(abs($0.x), $0.y, $0.z) })
        #expect(
          cloud.positions.allSatisfy { place in
            places.contains { length(SIMD3(abs(place.x), place.y, place.z) - $0) < 1e-5 }
          })
      }
      #expect(states.absolute().sum(dims: [1, 2]).values(as: Float.self).allSatisfy { $0 > 0 })
      training.captionDropout = 1
      let silent = try ShapeData(for: training, cache: folder.file("cache"), report: { _ in })
      #expect(silent.batch([0, 1], Generator(seed: 5)).states.absolute().sum().item() == 0)
    }

    @Test(
      "a recipe that does not fit itself or its text encoder is refused, by name",
      arguments: [
        ("\"maximumTokens\": 8", "\"maximumTokens\": 1", "maximumTokens"),
        ("\"captionDropout\": 0.25", "\"captionDropout\": 1.5", "captionDropout"),
        ("\"paintedShare\": 0.5", "\"paintedShare\": -1", "paintedShare"),
        ("\"stretch\": 0.1", "\"stretch\": 1", "stretch"),
        ("\"output_channels\": 6", "\"output_channels\": 3", "transformer.input_channels"),
        ("\"grid_feature_dim\": 24", "\"grid_feature_dim\": 25", "transformer.grid_feature_dim"),
        (
          "\"grid_feature_dim\": 24", "\"grid_feature_dim\": 24, \"picture_feature_dim\": 9",
          "transformer.picture_feature_dim: expected none, without pictures, found 9"
        ),
        (
          "\"stretch\"", "\"pictures\": {\"seenSide\": 64, \"share\": 0.5}, \"stretch\"",
          "transformer.picture_feature_dim: expected 1284, for pictures of 64, found none"
        ),
        (
          "\"stretch\"", "\"pictures\": {\"seenSide\": 16, \"share\": 0.5}, \"stretch\"",
          "pictures.seenSide"
        ),
        (
          "\"stretch\"", "\"pictures\": {\"seenSide\": 64, \"share\": 2}, \"stretch\"",
          "pictures.share"
        ),
      ])
    func refusals(old: String, new: String, name: String) throws {
      try change(old, new)
      let error = #expect(throws: RecipeError.self) { try train("changed.json", to: "run") }
      #expect(error?.description.hasPrefix(name) == true, "\(error?.description ?? "")")
    }

    @Test("data without such shapes, or with too few points, is refused")
    func refusesData() throws {
      try change("[\"chair\", \"table\"]", "[\"boat\"]")
      let none = #expect(throws: TrainingDataError.self) { try train("changed.json", to: "run") }
      #expect(none?.description.contains("of a group among boat") == true)
      try change("\"stretch\"", "\"groupWeights\": {\"table\": -1}, \"stretch\"")
      let weight = #expect(throws: TrainingDataError.self) { try train("changed.json", to: "run") }
      #expect(weight == .groupWeight("table", -1))
      try change("\"n_ctx\": 64", "\"n_ctx\": 97")
      let few = #expect(throws: TrainingDataError.self) { try train("changed.json", to: "run") }
      #expect(few == .points("0.ply", expected: 97, found: 96))
    }

    private func change(_ old: String, _ new: String) throws {
      let text = try String(contentsOf: folder.file("shapes.json"), encoding: .utf8)
      #expect(text.contains(old))
      try folder.write(text.replacing(old, with: new).utf8, to: "changed.json")
    }

    private func length(_ vector: SIMD3<Float>) -> Float {
      (vector * vector).sum().squareRoot()
    }
  }
}
