import Checkpoints
import Foundation
import Modalities
import Models
import TestSupport
import Testing
import Torch
import Training

@testable import Inkwell

/// A training that begins with trained weights, or that sees some groups more often than others.
@Suite struct FineTuningTests {
  let folder: TemporaryFolder
  let training: TextToImageTraining

  init() throws {
    folder = try TrainingFixture.make()
    training = try Self.training(in: folder) { _ in }
  }

  private static func training(
    in folder: TemporaryFolder, _ change: (inout [String: Any]) -> Void
  ) throws -> TextToImageTraining {
    let recipe = try Data(contentsOf: folder.file("transformer.json"))
    var fields = try #require(JSONSerialization.jsonObject(with: recipe) as? [String: Any])
    var plan = try #require(fields["plan"] as? [String: Any])
    plan["steps"] = 1
    plan["learningRate"] = ["peak": 1e-12, "warmupSteps": 0, "decay": ["constant": [:]]]
    fields["plan"] = plan
    fields["samplePrompts"] = []
    change(&fields)
    let data = try JSONSerialization.data(withJSONObject: fields)
    return try JSONDecoder().decode(TextToImageTraining.self, from: data)
  }

  @Test("a run begins with the weights that it is given, and with new ones otherwise")
  func begins() throws {
    var tuning = training
    tuning.initial = folder.file("transformer").path(percentEncoded: false)
    try tuning(folder: folder.file("tuned"))
    try training(folder: folder.file("new"))
    let given = try weights(folder.file("transformer"))
    // A step at this rate is less than half precision can tell.
    #expect(try weights(folder.file("tuned/transformer")) == given)
    #expect(try weights(folder.file("new/transformer")) != given)
  }

  @Test("weights of other sizes are refused, with the file that says so")
  func otherSizes() throws {
    var tuning = training
    tuning.initial = folder.file("transformer").path(percentEncoded: false)
    tuning.transformer.numAttentionHeads = 4
    tuning.transformer.attentionHeadDim = 8
    let error = #expect(throws: ConfigurationError.self) {
      try tuning(folder: folder.file("run"))
    }
    #expect(error?.description.contains("transformer/config.json: expected the sizes") == true)
  }

  @Test("a run does not go on once the weights that it began with are others")
  func changedStart() throws {
    var tuning = training
    tuning.initial = folder.file("transformer").path(percentEncoded: false)
    try tuning(folder: folder.file("run"))
    tuning.initial = folder.file("run/transformer").path(percentEncoded: false)
    try training(folder: folder.file("new"))
    tuning.initial = folder.file("new/transformer").path(percentEncoded: false)
    let error = #expect(throws: TrainingError.self) { try tuning(folder: folder.file("run")) }
    guard case .otherPlan(_, let differences) = error else {
      Issue.record("found \(String(describing: error))")
      return
    }
    #expect(differences.count == 1 && differences[0].hasPrefix("data: begun with initial "))
  }

  @Test("a group's factor multiplies the weights of its pictures")
  func groups() throws {
    let set = try PictureSet(
      folder: folder.file("pictures"), side: 16, split: "train", styles: nil)
    let plain = set.records.map { $0.weight ?? 1 }
    #expect(try set.weights(byGroup: [:]) == plain)
    let weights = try set.weights(byGroup: ["Food": 0.5, "Animals": 0])
    for (index, record) in set.records.enumerated() {
      let factor = record.group == "Food" ? 0.5 : record.group == "Animals" ? 0 : 1
      #expect(weights[index] == factor * plain[index], "\(record.fileName)")
    }
    #expect(weights.contains(0) && weights.contains(0.5) && weights.contains(1))
  }

  @Test("a factor below 0 and a group that no picture has are refused", arguments: [-1.0, .nan])
  func wrongGroups(factor: Double) throws {
    let set = try PictureSet(
      folder: folder.file("pictures"), side: 16, split: "train", styles: nil)
    let negative = #expect(throws: TrainingDataError.self) {
      try set.weights(byGroup: ["Food": factor])
    }
    #expect(negative?.description == "groupWeights.Food: expected a number from 0, found \(factor)")
    let unknown = #expect(throws: TrainingDataError.self) {
      try set.weights(byGroup: ["Foods": 1])
    }
    #expect(
      unknown?.description == "groupWeights: expected a group among Animals, Food, found Foods")
  }

  private func weights(_ folder: URL) throws -> [String: [Double]] {
    let checkpoint = try Checkpoint(contentsOf: PixArtTransformer.weights(in: folder))
    return try Dictionary(
      uniqueKeysWithValues: checkpoint.names.map {
        ($0, try checkpoint.tensor($0).values(as: Double.self))
      })
  }
}
