import Foundation
import Modalities
import TestSupport
import Testing
import Training

@testable import Inkwell

/// A small MOSES, and a recipe that learns from it.
enum MoleculeFixture {
  /// Short chains and rings, all different, so that a small network soon writes such ones.
  static let molecules: [String] = {
    let ends = ["C", "S", "O", "N", "F", "Cl", "OC", "C#N"]
    return ends.flatMap { end in ["CC", "CCC", "CCCC", "c1ccccc1"].map { $0 + end } }
  }()

  /// A folder with the unpacked package below `sources`.
  static func make() throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    for split in MosesSplit.allCases {
      let some = split == .train ? molecules : molecules.map { "C\($0)" }
      let path = "sources/molsets/moses/dataset/data/\(split.rawValue).csv"
      try folder.write(("SMILES\n" + some.map { "\($0)\n" }.joined()).utf8, to: path)
      try ExternalTool.run(
        ["gzip", folder.file(path).path(percentEncoded: false)], hint: "gzip")
    }
    return folder
  }

  static func dataset(_ folder: TemporaryFolder, training: Int = 1000) -> MoleculeDataset {
    MoleculeDataset(
      output: folder.file("data"), training: training, sources: folder.file("sources"))
  }

  static func training(_ folder: TemporaryFolder) throws -> MoleculeTraining {
    try folder.write(recipe(folder).utf8, to: "molecules.json")
    return try #require(
      TrainingRecipe(contentsOf: folder.file("molecules.json")).training as? MoleculeTraining)
  }

  /// Trains; the model is in `run/model`.
  @discardableResult
  static func train(
    _ folder: TemporaryFolder, _ training: MoleculeTraining? = nil, run: String = "run",
    onStart: (TrainingRun) -> Void = { _ in }
  ) throws -> [String] {
    var notes: [String] = []
    try (try training ?? self.training(folder))(
      folder: folder.file(run), onStart: onStart,
      report: { if case .note(let note) = $0 { notes.append(note) } })
    return notes
  }

  private static func recipe(_ folder: TemporaryFolder) -> String {
    """
    {
      "train": "molecules",
      "data": "\(folder.file("data").path(percentEncoded: false))",
      "summary": "short chains",
      "joins": 6,
      "maximumPieces": 8,
      "layers": 2,
      "channels": 32,
      "heads": 2,
      "propertyDropout": 0.2,
      "plan": {
        "steps": 200, "batchSize": 16, "accumulation": 1,
        "learningRate": {"peak": 0.005, "warmupSteps": 10, "decay": {"constant": {}}},
        "optimizer": {
          "beta1": 0.9, "beta2": 0.98, "eps": 1e-8, "weightDecay": 0.01, "decaysMatricesOnly": true
        }, "clip": 1, "averageDecay": 0.9, "precision": "fp32", "seed": 3,
        "saveEvery": 100, "sampleEvery": 200
      }
    }
    """
  }
}
