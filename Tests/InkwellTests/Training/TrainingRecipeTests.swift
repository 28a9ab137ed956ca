import Foundation
import TestSupport
import Testing
import Training

@testable import Inkwell

@Suite struct TrainingRecipeTests {
  @Test("the recipes in the repository read, and what is written reads as the same")
  func repository() throws {
    var root = URL(filePath: #filePath)
    for _ in 0..<4 { root.deleteLastPathComponent() }
    for (name, isAutoencoder) in [("autoencoder", true), ("transformer", false)] {
      let recipe = try TrainingRecipe(
        contentsOf: root.appending(path: "Models/inkwell-emoji/training/\(name).json"))
      if case .autoencoder = recipe {
        #expect(isAutoencoder)
      } else {
        #expect(!isAutoencoder)
      }
      let bytes = try JSONEncoder().encode(recipe)
      #expect(try JSONDecoder().decode(TrainingRecipe.self, from: bytes) == recipe)
    }
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
    switch recipe {
    case .autoencoder(let training): (training.data, training.plan)
    case .textToImage(let training): (training.data, training.plan)
    }
  }
}
