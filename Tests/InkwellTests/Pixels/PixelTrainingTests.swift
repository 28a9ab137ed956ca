import Diffusion
import Foundation
import Modalities
import TestSupport
import Testing
import Torch
import Training

@testable import Inkwell

/// Trainings of pixel networks and classifiers, on pictures that tell their class at a glance.
@Suite(.serialized) struct PixelTrainingTests {
  let folder: TemporaryFolder

  init() throws { folder = try PixelFixture.make() }

  private func losses(_ run: String) throws -> [Double] {
    try String(contentsOf: folder.file("\(run)/loss.csv"), encoding: .utf8).split(separator: "\n")
      .dropFirst().compactMap { Double($0.split(separator: ",")[1]) }
  }

  private func train(_ recipe: String, to run: String, _ steps: Int? = nil) throws {
    try folder.write(recipe.utf8, to: "recipe.json")
    var recipe = try TrainingRecipe(contentsOf: folder.file("recipe.json"))
    try recipe.override(data: nil, steps: steps)
    try recipe.train(folder: folder.file(run))
  }

  @Test("every objective ends lower than it began", arguments: PixelFixture.objectives)
  func learns(objective: String) throws {
    try train(PixelFixture.pixels(folder, objective: objective), to: "run")
    let losses = try losses("run")
    // Levels are drawn at random, so a loss of few steps is noisy.
    let first: Double = losses.prefix(10).reduce(0, +)
    let last: Double = losses.suffix(10).reduce(0, +)
    #expect(losses.count == 60)
    #expect(last < 0.8 * first, "\(first) to \(last)")
    let model = try PixelModel(folder: folder.file("run/model"))
    #expect(model.side == 16 && model.channels == 1 && model.unlabelled == 2)
    #expect(try Image(contentsOf: folder.file("run/samples/0000060.png")).height == 4 * 20 + 4)
  }

  @Test("a run that goes on ends with the bits of one that was not interrupted")
  func resumes() throws {
    let recipe = try PixelFixture.pixels(folder)
    try train(recipe, to: "whole", 8)
    try train(recipe, to: "cut", 4)
    try train(recipe, to: "cut", 8)
    let weights = "model/unet/diffusion_pytorch_model.safetensors"
    #expect(
      try Data(contentsOf: folder.file("cut/\(weights)"))
        == Data(contentsOf: folder.file("whole/\(weights)")))
    #expect(try losses("cut") == losses("whole"))
  }

  @Test("a network in the latents of an autoencoder of grey pictures is trained and drawn with")
  func latents() throws {
    try train(PixelFixture.autoencoder(folder), to: "vae")
    let recipe = try PixelFixture.pixels(
      folder, network: PixelFixture.network(channels: 2, side: 8), patchSize: nil,
      autoencoder: folder.file("vae/autoencoder").path(percentEncoded: false))
    try train(recipe, to: "run", 2)
    let model = try PixelModel(folder: folder.file("run/model"))
    #expect(model.side == 16 && model.channels == 1 && model.autoencoder != nil)
  }

  @Test("a classifier tells the classes apart, clean or noisy", arguments: [false, true])
  func classifies(isNoisy: Bool) throws {
    try train(PixelFixture.classifier(folder, isNoisy: isNoisy), to: "run")
    let losses = try losses("run")
    let first: Double = losses.prefix(5).reduce(0, +)
    let last: Double = losses.suffix(5).reduce(0, +)
    #expect(last < 0.6 * first)
    let classifier = try PictureClassifier(folder: folder.file("run/model"))
    let set = try #require(
      try heldOutPictures(
        in: folder.file("pictures").path(percentEncoded: false), side: 16, colors: 1))
    let told = try set.inBatches { classifier.logits($0).argmax(dim: 1) }.values(as: Int.self)
    #expect(told == (try set.labels(classes: 2)))
  }

  @Test("what does not fit together is refused, with the key that is wrong")
  func refusals() throws {
    let good = try PixelFixture.pixels(folder)
    let cases = [
      ("\"patchSize\": 2", "\"patchSize\": 0", "patchSize: expected 1 to 64, found 0"),
      (
        "\"in_channels\": 4", "\"in_channels\": 5", "network.in_channels: expected 4 or 12, found 5"
      ),
      ("\"out_channels\": 4", "\"out_channels\": 8", "network.out_channels: expected 4, found 8"),
      ("\"image_size\": 8", "\"image_size\": 16", "network.image_size: expected 8, found 16"),
      ("\"num_classes\": 3", "\"num_classes\": 1", "network.num_classes: expected a class beside"),
      ("\"num_classes\": 3", "\"num_classes\": 2", "expected a label from 0 to 0, found 1"),
      ("\"labelDropout\": 0.2", "\"labelDropout\": 1", "labelDropout: expected a share from 0"),
      ("\"num_classes\": 3,", "", "labelDropout: expected 0 for a network without classes"),
    ]
    for (old, new, message) in cases {
      #expect(good.contains(old), "\(old)")
      let error = #expect(throws: (any Error).self, "\(new)") {
        try train(good.replacing(old, with: new), to: "run")
      }
      #expect("\(error.map { "\($0)" } ?? "")".contains(message), "\(new): \(error as Any)")
    }
    #expect(try !folder.contents().contains("run"))
  }

  @Test("objectives and processes that do not fit are refused")
  func objectives() throws {
    let vp = PixelProcess.variancePreserving(betaMin: 0.1, betaMax: 20)
    #expect(throws: TrainingError.self) { try PixelLoss(.hybrid(prediction: .epsilon), vp) }
    #expect(throws: TrainingError.self) {
      try PixelLoss(.score(weighting: .likelihood), .linear)
    }
    #expect(throws: SampleError.self) {
      try PixelLoss(.score(weighting: .variance), .flow(shift: 1))
    }
  }

  @Test("the recipes in the repository read, and what is written reads as the same")
  func repository() throws {
    var root = URL(filePath: #filePath)
    for _ in 0..<4 { root.deleteLastPathComponent() }
    let recipes = root.appending(path: "Recipes/digits")
    let names = try FileManager.default.contentsOfDirectory(
      atPath: recipes.path(percentEncoded: false)
    )
    .filter { $0.hasSuffix(".json") }
    #expect(names.count == 6)
    for name in names {
      let recipe = try TrainingRecipe(contentsOf: recipes.appending(path: name))
      let bytes = try JSONEncoder().encode(recipe)
      #expect(try JSONDecoder().decode(TrainingRecipe.self, from: bytes) == recipe)
    }
  }
}
