import Foundation
import Modalities
import TestSupport
import Testing
import Training

@testable import Inkwell

/// Pictures of two kinds with names, a recipe that learns to tell them, and the weights that see
/// them.
enum CaptionFixture {
  static let names = ["a red apple", "green cat"]

  /// A folder with `pictures` (16 to train on, 8 held out), the text encoder `text`, and the recipe
  /// `captions.json`.
  static func make() throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    try TinyModel.writeParts(to: folder)
    var lines = ""
    for index in 0..<24 {
      let kind = index % 2
      try folder.write(picture(kind, index).encoded(as: .png), to: "pictures/\(index).png")
      lines += """
        {"file_name": "\(index).png", "text": "\(names[kind]), drawn", "name": "\(names[kind])", \
        "style": "flat", "split": "\(index < 16 ? "train" : "heldout")"}

        """
    }
    try folder.write(lines.utf8, to: "pictures/metadata.jsonl")
    try folder.write(recipe(folder).utf8, to: "captions.json")
    return folder
  }

  /// A red square, or a green one, somewhere on white.
  static func picture(_ kind: Int, _ index: Int) throws -> Image {
    var image = Image(width: 32, height: 32, color: .white)
    let color =
      kind == 0 ? Color(red: 220, green: 30, blue: 40) : Color(red: 20, green: 200, blue: 60)
    image.draw(
      Image(width: 18, height: 18, color: color), x: index % 5 * 2, y: index % 7 * 2)
    return image
  }

  /// The weights that see pictures, which `Scripts/test-weights` fetches.
  static func seeingWeights() throws -> URL {
    let repository = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../..").standardizedFileURL
    let cache = repository.appending(path: ".deps/evaluation")
    let package = EvaluationNetwork.package
    let folder = cache.appending(path: "\(package.name)-\(package.version)")
    try #require(
      FileManager.default.fileExists(atPath: folder.path(percentEncoded: false)),
      "the weights are not in \(folder.relativePath): run Scripts/test-weights, which fetches them")
    return try EvaluationNetwork.lite0File(cache: cache) { _ in }
  }

  static func training(_ folder: TemporaryFolder) throws -> PictureToTextTraining {
    try #require(
      TrainingRecipe(contentsOf: folder.file("captions.json")).training as? PictureToTextTraining)
  }

  /// Trains; the model is in `run/model`.
  @discardableResult
  static func train(
    _ folder: TemporaryFolder, _ training: PictureToTextTraining? = nil, run: String = "run"
  ) throws -> [String] {
    var notes: [String] = []
    let training = try training ?? self.training(folder)
    try training.run(
      in: folder.file(run), seeingBy: seeingWeights(), onStart: { _ in },
      report: { if case .note(let note) = $0 { notes.append(note) } })
    return notes
  }

  private static func recipe(_ folder: TemporaryFolder) -> String {
    """
    {
      "train": "picture-to-text",
      "data": "\(folder.file("pictures").path(percentEncoded: false))",
      "words": "name",
      "summary": "squares",
      "side": 32,
      "seenSide": 64,
      "framings": 2,
      "textEncoder": "\(folder.file("text").path(percentEncoded: false))",
      "layers": 1,
      "maximumTokens": 6,
      "pictureDropout": 0.1,
      "featureDropout": 0.1,
      "plan": {
        "steps": 120, "batchSize": 8, "accumulation": 1,
        "learningRate": {"peak": 0.005, "warmupSteps": 10, "decay": {"constant": {}}},
        "optimizer": {
          "beta1": 0.9, "beta2": 0.98, "eps": 1e-8, "weightDecay": 0.01, "decaysMatricesOnly": true
        }, "clip": 1, "averageDecay": 0.8, "precision": "fp32", "seed": 3,
        "saveEvery": 60, "sampleEvery": 120
      }
    }
    """
  }
}
