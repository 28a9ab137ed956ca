import Foundation
import TestSupport
import Testing
import Training

@testable import Inkwell

/// The pictures of ``CaptionFixture``, and a recipe that learns to draw and to name them.
enum PairFixture {
  static let repository = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../../..").standardizedFileURL

  /// A folder with the parts of ``CaptionFixture`` and the recipe `pairs.json`.
  static func make() throws -> TemporaryFolder {
    let folder = try CaptionFixture.make()
    try folder.write(recipe(folder).utf8, to: "pairs.json")
    return folder
  }

  static func training(_ folder: TemporaryFolder) throws -> PictureAndTextTraining {
    try #require(
      TrainingRecipe(contentsOf: folder.file("pairs.json")).training as? PictureAndTextTraining)
  }

  /// Trains; the model is in `run/model`.
  @discardableResult
  static func train(
    _ folder: TemporaryFolder, _ training: PictureAndTextTraining? = nil, run: String = "run"
  ) throws -> [String] {
    var notes: [String] = []
    try (training ?? self.training(folder))(
      folder: folder.file(run),
      report: { if case .note(let note) = $0 { notes.append(note) } })
    return notes
  }

  private static func recipe(_ folder: TemporaryFolder) -> String {
    func path(_ url: URL) -> String { url.path(percentEncoded: false) }
    return """
      {
        "train": "picture-and-text",
        "data": "\(path(folder.file("pictures")))",
        "words": "name",
        "summary": "squares",
        "side": 32,
        "seenSide": 32,
        "framings": 2,
        "autoencoder": "\(path(repository.appending(path: "Models/inkwell-emoji/vae")))",
        "pictureEncoder":
          "\(path(repository.appending(path: "Models/inkwell-captions/picture_encoder")))",
        "textEncoder": "\(path(folder.file("text")))",
        "network": {
          "num_attention_heads": 2, "attention_head_dim": 12, "in_channels": 8, "sample_size": 8,
          "patch_size": 4, "num_layers": 3, "activation_fn": "gelu", "block_type": "uvit",
          "pre_layer_norm": true
        },
        "maximumTokens": 6,
        "knownTexts": 0.5,
        "knownPictures": 0.25,
        "dropout": 0.25,
        "textWeight": 1,
        "shift": 1,
        "samplePrompts": ["a red apple", "green cat"],
        "plan": {
          "steps": 300, "batchSize": 16, "accumulation": 1,
          "learningRate": {"peak": 0.005, "warmupSteps": 10, "decay": {"cosine": {"to": 0.02}}},
          "optimizer": {
            "beta1": 0.9, "beta2": 0.98, "eps": 1e-8, "weightDecay": 0.01, "decaysMatricesOnly": true
          }, "clip": 1, "averageDecay": 0.95, "precision": "fp32", "seed": 3,
          "saveEvery": 150, "sampleEvery": 300
        }
      }
      """
  }
}
