import Checkpoints
import Foundation
import Models
import TestSupport
import Testing
import Torch
import Training

@testable import Inkwell

/// A training of sounds that begins with a trained model.
@Suite struct SoundFineTuningTests {
  private let folder: TemporaryFolder
  private var training: TextToSoundTraining

  init() throws {
    folder = try MusicFixture.make()
    let recipe = try Data(contentsOf: folder.file("transformer.json"))
    training = try JSONDecoder().decode(TextToSoundTraining.self, from: recipe)
    // A step at this rate is less than half precision can tell.
    training.plan = try TrainingPlan(
      steps: 1, batchSize: 4, learningRate: LearningRate(peak: 1e-12, warmupSteps: 0),
      averageDecay: 0.9, precision: .bf16, seed: 3, saveEvery: 1, sampleEvery: 1)
    training.samplePrompts = []
    training.initial = folder.file("models/tiny").path(percentEncoded: false)
  }

  @Test("a run begins with the weights of both parts of a model, and with new ones otherwise")
  func begins() throws {
    try training(folder: folder.file("tuned"))
    var new = training
    new.initial = nil
    try new(folder: folder.file("new"))
    for part in ["transformer", "projection_model"] {
      let given = try weights(folder.file("models/tiny/\(part)"))
      #expect(try weights(folder.file("tuned/model/\(part)")) == given)
      #expect(try weights(folder.file("new/model/\(part)")) != given)
    }
  }

  @Test("a model learns to follow melodies from one that does not, which it is without one")
  func widens() throws {
    var wider = training
    wider.transformer.inChannels = 16
    wider.melodyDropout = 0.5
    try wider(folder: folder.file("tuned"))
    let former = try TextToSoundModel(SoundModelFolder(folder.file("models/tiny")))
    let model = try TextToSoundModel(SoundModelFolder(folder.file("tuned/model")))
    #expect(model.followsMelodies && !former.followsMelodies)
    let drawing = TextToSoundModel.Drawing(
      prompt: "a red apple", seed: 3, settings: SamplingSettings(steps: 3, guidance: 2))
    let expected = try former.latents(drawing)
    #expect(distance(try model.latents(drawing), expected) < 1e-4)
    // Nor does a melody change anything yet.
    var following = drawing
    following.melody = Generator(seed: 1).normal(expected.shape.sizes)
    #expect(distance(try model.latents(following), expected) < 1e-4)
  }

  @Test("a part of other sizes is refused, with the file that says so")
  func otherSizes() throws {
    var wider = training
    wider.transformer.numLayers = 1
    let transformer = #expect(throws: ConfigurationError.self) {
      try wider(folder: folder.file("run"))
    }
    #expect(
      transformer?.description.contains("tiny/transformer/config.json: expected the sizes") == true)
    var later = training
    later.projection.maxValue = 2
    let projection = #expect(throws: ConfigurationError.self) {
      try later(folder: folder.file("run"))
    }
    #expect(
      projection?.description.contains("projection_model/config.json: expected the sizes") == true)
  }

  @Test("a run does not go on once the model that it began with is another")
  func changedStart() throws {
    try training(folder: folder.file("run"))
    var other = training
    other.initial = folder.file("run/model").path(percentEncoded: false)
    let file = "run/model/projection_model/diffusion_pytorch_model.safetensors"
    var bytes = try Data(contentsOf: folder.file(file))
    bytes[bytes.count - 1] ^= 1
    try bytes.write(to: folder.file(file))
    let error = #expect(throws: TrainingError.self) { try other(folder: folder.file("run")) }
    #expect(error?.description.contains("begun with initial ") == true)
  }

  private func weights(_ folder: URL) throws -> [String: [Double]] {
    let checkpoint = try Checkpoint(
      contentsOf: folder.appending(path: "diffusion_pytorch_model.safetensors"))
    return try Dictionary(
      uniqueKeysWithValues: checkpoint.names.map {
        ($0, try checkpoint.tensor($0).values(as: Double.self))
      })
  }
}
