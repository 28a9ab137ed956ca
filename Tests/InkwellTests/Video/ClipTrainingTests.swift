import Foundation
import Modalities
import Models
import TestSupport
import Testing
import Torch
import Training

@testable import Inkwell

extension ThreadedTests {
  /// The trainings of both parts of a model of clips, on six small ones.
  @Suite("trainings on clips")
  struct ClipTrainingTests {
    private let folder: TemporaryFolder

    init() throws {
      folder = try TinyVideoModel.make()
      let lines = try (0..<6).map { number in
        try TinyVideoModel.clip(5, shade: UInt8(30 * number))
          .save(to: folder.file("clip\(number).apng"))
        return #"{"file_name": "clip\#(number).apng", "text": "a red cat", "weight": 1}"#
      }
      try folder.write(lines.joined(separator: "\n").utf8, to: "metadata.jsonl")
    }

    private func plan(_ steps: Int) throws -> TrainingPlan {
      // Sums depend on the number of threads, which other tests leave changed.
      Machine.threads = 1
      return try TrainingPlan(
        steps: steps, batchSize: 2, learningRate: LearningRate(peak: 0.001, warmupSteps: 1),
        averageDecay: 0.9, precision: .bf16, seed: 3, saveEvery: 1, sampleEvery: 4)
    }

    private func autoencoder(_ steps: Int) throws -> ClipAutoencoderTraining {
      ClipAutoencoderTraining(
        data: folder.url.path(percentEncoded: false), side: 16, frames: 5, shownFrames: 3,
        shownSide: 8, autoencoder: TinyVideoModel.latents, differencesWeight: 0.5,
        divergenceWeight: 0.001,
        plan: try plan(steps))
    }

    private func transformer(_ steps: Int) throws -> TextToVideoTraining {
      TextToVideoTraining(
        data: folder.url.path(percentEncoded: false), side: 16, frames: 5,
        autoencoder: folder.file("parts/vae").path(percentEncoded: false),
        textEncoder: folder.file("text").path(percentEncoded: false),
        transformer: TinyVideoModel.transformer, maximumTokens: 8, captionDropout: 0.2, shift: 1,
        samplePrompts: ["a red cat"], plan: try plan(steps))
    }

    @Test("a run that is resumed ends with the bytes of one that is not, and its network loads")
    func resumes() throws {
      try autoencoder(2)(folder: folder.file("cut"))
      try autoencoder(4)(folder: folder.file("cut"))
      try autoencoder(4)(folder: folder.file("whole"))
      let weights = "autoencoder/diffusion_pytorch_model.safetensors"
      #expect(
        try Data(contentsOf: folder.file("cut/\(weights)"))
          == Data(contentsOf: folder.file("whole/\(weights)")))
      let network = try WanAutoencoder(folder: folder.file("whole/autoencoder"))
      #expect(network.configuration.latentsStd != [1, 1, 1, 1])
      let sheet = try Image(contentsOf: folder.file("whole/samples/0000004.png"))
      #expect(sheet.width == 5 * 20 + 4 && sheet.height == 12 * 20 + 4)

      try transformer(2)(folder: folder.file("cut2"))
      try transformer(4)(folder: folder.file("cut2"))
      try transformer(4)(folder: folder.file("whole2"))
      let second = "transformer/diffusion_pytorch_model.safetensors"
      #expect(
        try Data(contentsOf: folder.file("cut2/\(second)"))
          == Data(contentsOf: folder.file("whole2/\(second)")))
      #expect(
        try WanTransformer(folder: folder.file("whole2/transformer")).configuration
          == TinyVideoModel.transformer)
    }

    @Test("sizes that do not fit and clips of other sizes are refused by name")
    func refusals() throws {
      func refusal(_ change: (inout ClipAutoencoderTraining) -> Void) throws -> String? {
        var training = try autoencoder(1)
        change(&training)
        let error = #expect(throws: TrainingError.self) {
          try training(folder: folder.file("run"))
        }
        return error?.description
      }
      #expect(try refusal { $0.shownFrames = 2 }?.contains("shownFrames") == true)
      #expect(try refusal { $0.frames = 4 }?.contains("frames") == true)
      #expect(try refusal { $0.shownSide = 20 }?.contains("shownSide") == true)
      #expect(try refusal { $0.autoencoder.outChannels = 4 }?.contains("out_channels") == true)

      var wide = try transformer(1)
      wide.transformer.inChannels = 8
      let misfit = #expect(throws: TrainingError.self) { try wide(folder: folder.file("run")) }
      #expect(misfit?.description.contains("transformer.in_channels") == true)

      var larger = try autoencoder(1)
      (larger.side, larger.shownSide) = (20, 8)
      let size = #expect(throws: TrainingDataError.self) { try larger(folder: folder.file("run")) }
      #expect(
        size?.description
          == "clip0.apng: expected at least 5 frames of 20 x 20, found 5 of 16 x 16")
    }

    @Test("the recipes in the repository read")
    func recipes() throws {
      var root = URL(filePath: #filePath)
      for _ in 0..<4 { root.deleteLastPathComponent() }
      for name in ["autoencoder", "transformer"] {
        let recipe = try TrainingRecipe(
          contentsOf: root.appending(path: "Recipes/sprites/\(name).json"))
        let bytes = try JSONEncoder().encode(recipe)
        #expect(try JSONDecoder().decode(TrainingRecipe.self, from: bytes) == recipe)
      }
    }
  }
}
