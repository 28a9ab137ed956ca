import Foundation
import Models
import TestSupport
import Testing
import Training

@testable import Inkwell

@Suite struct TrainingRecipeTests {
  @Test("the recipes in the repository read, and what is written reads as the same")
  func repository() throws {
    var root = URL(filePath: #filePath)
    for _ in 0..<4 { root.deleteLastPathComponent() }
    for (name, isAutoencoder) in [
      ("autoencoder", true), ("transformer-1", false), ("transformer", false),
    ] {
      let recipe = try TrainingRecipe(
        contentsOf: root.appending(path: "Models/inkwell-emoji/training/\(name).json"))
      #expect((recipe.training is AutoencoderTraining) == isAutoencoder)
      let bytes = try JSONEncoder().encode(recipe)
      #expect(try JSONDecoder().decode(TrainingRecipe.self, from: bytes) == recipe)
    }
  }

  @Test("every recipe of the repository reads, and what is written reads as the same")
  func recipes() throws {
    let folder = PairFixture.repository.appending(path: "Recipes")
    let paths = try FileManager.default.subpathsOfDirectory(
      atPath: folder.path(percentEncoded: false)
    ).filter { $0.hasSuffix(".json") }
    #expect(paths.contains("pairs/emoji.json") && paths.contains("docking/confidence.json"))
    for path in paths {
      let recipe = try TrainingRecipe(contentsOf: folder.appending(path: path))
      let again = try JSONDecoder().decode(TrainingRecipe.self, from: JSONEncoder().encode(recipe))
      #expect(again == recipe, "\(path)")
    }
  }

  @Test("a training that there is not is refused, with those that there are")
  func unknownKind() throws {
    let folder = try TemporaryFolder()
    try folder.write(#"{"train": "text-to-smell"}"#.utf8, to: "smell.json")
    let error = #expect(throws: ConfigurationError.self) {
      try TrainingRecipe(contentsOf: folder.file("smell.json"))
    }
    let kinds = TrainingRecipe.trainings.map { $0.kind }
    #expect(kinds == Set(kinds).sorted())
    #expect(error?.reason.contains("\(kinds.joined(separator: ", ")), found text-to-smell") == true)
  }

  @Test("a key that would have no effect is refused, with the nearest that there are")
  func unknownKeys() throws {
    let folder = try TrainingFixture.make()
    let recipe = try String(contentsOf: folder.file("transformer.json"), encoding: .utf8)
    func refusal(_ old: String, _ new: String) throws -> String? {
      #expect(recipe.contains(old), "\(old)")
      try folder.write(recipe.replacing(old, with: new).utf8, to: "changed.json")
      let error = #expect(throws: RecipeError.self) {
        try TrainingRecipe(contentsOf: folder.file("changed.json"))
      }
      return error?.description
    }
    let file = folder.file("changed.json").path(percentEncoded: false)
    #expect(
      try refusal("\"clip\": 1", "\"clips\": 1")
        == "\(file): there is no key \"plan.clips\", did you mean plan.clip?")
    #expect(
      try refusal("\"shift\": 1", "\"shift\": 1, \"groupWeigths\": {\"Food\": 1}")
        == "\(file): there is no key \"groupWeigths\", did you mean groupWeights?")
    let similar = try refusal("\"warmupSteps\": 2", "\"warmupSteps\": 2, \"warmupStep\": 2")
    #expect(
      similar == "\(file): there is no key \"plan.learningRate.warmupStep\""
        + ", did you mean plan.learningRate.warmupSteps?")
    // null is no value, and a network's configuration may say more than is read.
    try folder.write(
      recipe.replacing("\"shift\": 1", with: "\"shift\": 1, \"initial\": null")
        .replacing("\"num_layers\": 2", with: "\"num_layers\": 2, \"_name\": \"x\"").utf8,
      to: "changed.json")
    #expect(
      try TrainingRecipe(contentsOf: folder.file("changed.json"))
        == TrainingRecipe(contentsOf: folder.file("transformer.json")))
  }

  @Test("data and steps replace the recipe's, and the rest stays", arguments: [false, true])
  func overrides(isAutoencoder: Bool) throws {
    let folder = try TrainingFixture.make()
    let name = isAutoencoder ? "autoencoder.json" : "transformer.json"
    let recipe = try TrainingRecipe(contentsOf: folder.file(name))
    var same = recipe
    try same.override(data: nil, steps: nil)
    #expect(same == recipe)
    var other = recipe
    try other.override(data: "elsewhere", steps: 20)
    let (before, after) = (settings(recipe), settings(other))
    #expect(after.data == "elsewhere")
    #expect(try after.plan == before.plan.with(steps: 20))
    try other.override(data: before.data, steps: before.plan.steps)
    #expect(other == recipe)
    #expect(throws: TrainingError.self) { try other.override(data: nil, steps: 0) }
  }

  private func settings(_ recipe: TrainingRecipe) -> (data: String, plan: TrainingPlan) {
    (recipe.training.data, recipe.training.plan)
  }
}
