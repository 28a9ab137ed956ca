import Diffusion
import Foundation
import Modalities
import Layers
import Models
import TestSupport
import Testing
import Torch

@testable import Inkwell

/// Clouds of 96 points of two kinds with captions, a recipe that trains on them, and a whole model
/// with random weights.
enum ShapeFixture {
  /// A folder with `shapes` (16 to train on, 8 held out), `models/tiny`, and the recipe
  /// `shapes.json`; with pictures of all if they are to be seen.
  static func make(seeing: Bool = false) throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    try TinyModel.writeParts(to: folder)
    try writeShapes(to: folder)
    var text = recipe(folder)
    if seeing {
      text = text.replacing(
        "\"grid_feature_dim\": 24", with: "\"grid_feature_dim\": 24, \"picture_feature_dim\": 1281"
      )
      .replacing(
        "\"maximumTokens\"",
        with: "\"pictures\": {\"seenSide\": 32, \"share\": 1}, \"maximumTokens\"")
    }
    try folder.write(text.utf8, to: "shapes.json")
    let training = try training(folder)
    let model = folder.file("models/tiny")
    let weights = try TinyModel.weights(seed: 9) { PointTransformer($0, training.transformer) }
    try PointTransformer.write(
      weights, training.transformer, to: model.appending(path: "transformer"))
    if seeing {
      try EfficientNetLite.write(
        EfficientNetLite.weights(lite0: CaptionFixture.seeingWeights()),
        replacing: WeightSource([:]), to: model.appending(path: "picture_encoder"))
    }
    try ShapeModelFolder.complete(
      ShapeModelDetails(
        summary: "noise", maximumTokens: 8,
        settings: SamplingSettings(steps: 3, guidance: 2), groups: ["chair", "table"],
        seenSide: seeing ? 32 : nil),
      schedule: FlowSchedule(), textEncoder: folder.file("text"), in: model)
    return folder
  }

  static func library(_ folder: TemporaryFolder) -> ModelLibrary {
    ModelLibrary(folders: [folder.file("models")])
  }

  /// A high and narrow cloud, or a low and wide one.
  static func cloud(_ kind: Int, _ index: Int) throws -> PointCloud {
    let size: SIMD3<Float> = kind == 0 ? SIMD3(0.3, 1, 0.3) : SIMD3(1, 0.2, 1)
    let draws = Generator(seed: UInt64(index)).uniform([96, 3]).values(as: Float.self)
    let color =
      kind == 0 ? Color(red: 200, green: 30, blue: 30) : Color(red: 30, green: 60, blue: 200)
    return try PointCloud(
      positions: (0..<96).map { row in
        size * (2 * SIMD3(draws[3 * row], draws[3 * row + 1], draws[3 * row + 2]) - 1)
      }, colors: Array(repeating: color, count: 96))
  }

  /// A high red box to the left, or a wide blue one, on white.
  static func picture(_ kind: Int, _ index: Int) throws -> Image {
    var picture = Image(width: 32, height: 32, color: .white)
    let box =
      kind == 0
      ? Image(width: 8, height: 28, color: Color(red: 200, green: 30, blue: 30))
      : Image(width: 28, height: 6, color: Color(red: 30, green: 60, blue: 200))
    picture.draw(box, x: 1 + index % 3, y: 1)
    return picture
  }

  static func writeShapes(to folder: TemporaryFolder, heldOut: Int = 8) throws {
    var lines = ""
    for index in 0..<16 + heldOut {
      let kind = index % 2
      let cloud = try cloud(kind, index)
      try folder.write(
        ShapeFile(.points(cloud)).encoded(as: .ply), to: "shapes/\(index).ply")
      try folder.write(
        picture(kind, index).encoded(as: .png), to: "shapes/\(index).png")
      let (group, words) = kind == 0 ? ("chair", "a red apple") : ("table", "a green cat")
      lines += """
        {"file_name": "\(index).ply", "picture": "\(index).png", "text": "\(words)", "name": "apple", "group": "\(group)", \
        "split": "\(index < 16 ? "train" : "heldout")"}

        """
    }
    try folder.write(lines.utf8, to: "shapes/metadata.jsonl")
  }

  static func training(_ folder: TemporaryFolder) throws -> TextToShapeTraining {
    try #require(
      TrainingRecipe(contentsOf: folder.file("shapes.json")).training as? TextToShapeTraining)
  }

  private static func recipe(_ folder: TemporaryFolder) -> String {
    """
    {
      "train": "text-to-shape",
      "data": "\(folder.file("shapes").path(percentEncoded: false))",
      "groups": ["chair", "table"],
      "summary": "boxes",
      "textEncoder": "\(folder.file("text").path(percentEncoded: false))",
      "transformer": {
        "input_channels": 6, "output_channels": 6, "n_ctx": 64, "width": 16, "layers": 1,
        "heads": 2, "init_scale": 0.25, "time_token_cond": true, "grid_feature_dim": 24
      },
      "maximumTokens": 8,
      "captionDropout": 0.25,
      "paintedShare": 0.5,
      "stretch": 0.1,
      "samplePrompts": ["a red apple"],
      "plan": {
        "steps": 6, "batchSize": 4, "accumulation": 1,
        "learningRate": {"peak": 0.001, "warmupSteps": 0, "decay": {"constant": {}}},
        "optimizer": {
          "beta1": 0.9, "beta2": 0.99, "eps": 1e-8, "weightDecay": 0.01, "decaysMatricesOnly": true
        }, "clip": 1, "averageDecay": 0.9, "precision": "fp32", "seed": 3,
        "saveEvery": 2, "sampleEvery": 3
      }
    }
    """
  }
}
