import Foundation
import Modalities
import TestSupport
import Testing
import Training

@testable import Inkwell

/// A few docked molecules, and a recipe that learns from them.
enum DockFixture {
  static let molecules = [
    ("AAA", "CC(=O)Oc1ccccc1C(=O)O"), ("AAB", "CC(C)Cc1ccc(cc1)C(C)C(=O)O"),
    ("AAC", "OC(=O)CCc1ccncc1"), ("AAD", "NCCc1ccc(O)c(O)c1"), ("AAE", "CCOC(=O)C1CCCNC1"),
  ]

  /// A ring of residues about a place, 9 Å wide, as a PDB file.
  static func protein(around center: SIMD3<Double>, residues: Int = 14) -> String {
    let names = ["ALA", "PHE", "ASP", "LYS", "SER"]
    var lines: [String] = []
    for number in 0..<residues {
      let angle = Double(number) * 2 * .pi / Double(residues)
      for (name, radius, height) in [("N ", 9.5, -1.0), ("CA", 9.0, 0.2), ("C ", 9.6, 1.3)] {
        let place =
          center
          + SIMD3(radius * cos(angle), radius * sin(angle), height + Double(number % 3))
        lines.append(
          String(
            format: "ATOM  %5d  %@  %@ A%4d    %8.3f%8.3f%8.3f  1.00  0.00           %@",
            lines.count + 1, name as NSString, names[number % names.count] as NSString, number + 1,
            place.x, place.y, place.z, String(name.prefix(1)) as NSString))
      }
    }
    return (lines + ["END", ""]).joined(separator: "\n")
  }

  /// A molecule in a conformer about a place.
  static func pose(_ smiles: String, around center: SIMD3<Double>, seed: UInt32) throws -> Molecule
  {
    let molecule = try Molecule(smiles: smiles).addingHydrogens().embedded(seed: seed)
      .removingHydrogens()
    let places = try molecule.places ?? []
    let middle = places.reduce(.zero, +) / Double(places.count)
    return try molecule.placed(at: places.map { $0 - middle + center })
  }

  /// The folder `docked` of three targets, one in each split, and `sources.json`.
  static func makeDocked() throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    let targets = [("ONE", "train", 0.0), ("THREE", "test", 40.0), ("TWO", "validation", -20.0)]
    for (number, (name, split, x)) in targets.enumerated() {
      let center = SIMD3(x, 1, 2)
      try folder.write(protein(around: center).utf8, to: "docked/\(name).pdb")
      var (records, lines): ([SDRecord], [String]) = ([], [])
      for (index, (id, smiles)) in molecules.enumerated() {
        records.append(
          SDRecord(try pose(smiles, around: center, seed: UInt32(number * 10 + index)), name: id))
        let own = name == "ONE" && index == 4 ? "test" : split
        lines.append(
          "{\"ligand\": \"\(id)\", \"smiles\": \"\(smiles)\", \"split\": \"\(own)\", "
            + "\"energy\": \(-6.0 - Double(index))}")
      }
      try SDFile(records).save(to: folder.file("docked/\(name).sdf"))
      try SDFile(records).save(to: folder.file("docked/\(name)-other.sdf"))
      lines += [
        "{\"ligand\": \"WEAK\", \"smiles\": \"C\", \"split\": \"train\", \"energy\": -1.5}",
        "{\"ligand\": \"BORON\", \"smiles\": \"CB\", \"split\": \"train\", \"error\": \"no type\"}",
      ]
      try folder.write(
        """
        {"target": "\(name)", "split": "\(split)", "center": [\(x), 1, 2],
         "docked": [\(lines.joined(separator: ",\n"))]}
        """.utf8, to: "docked/\(name).json")
    }
    try folder.write("{\"packages\": []}".utf8, to: "docked/sources.json")
    return folder
  }

  /// The data set `data`, and the recipe `docking.json`.
  static func makeSet() throws -> TemporaryFolder {
    let folder = try makeDocked()
    _ = try PoseDataset(docked: folder.file("docked"), output: folder.file("data"))()
    try folder.write(recipe(folder).utf8, to: "docking.json")
    return folder
  }

  static func training(_ folder: TemporaryFolder) throws -> DockingTraining {
    try #require(
      TrainingRecipe(contentsOf: folder.file("docking.json")).training as? DockingTraining)
  }

  /// Trains; the model is in `run/model`.
  @discardableResult
  static func train(
    _ folder: TemporaryFolder, _ training: DockingTraining? = nil, run: String = "run",
    onStart: (TrainingRun) -> Void = { _ in }
  ) throws -> [String] {
    var notes: [String] = []
    let training = try training ?? self.training(folder)
    try training(folder: folder.file(run), onStart: onStart) {
      if case .note(let note) = $0 { notes.append(note) }
    }
    return notes
  }

  private static func recipe(_ folder: TemporaryFolder) -> String {
    """
    {
      "train": "docking",
      "data": "\(folder.file("data").path(percentEncoded: false))",
      "summary": "a few poses",
      "pocket": {"radius": 12, "jitter": 1},
      "network": {"ns": 4, "nv": 2, "sh_lmax": 1, "num_conv_layers": 2, "sigma_embed_dim": 8,
                  "distance_embed_dim": 8, "cross_distance_embed_dim": 8, "tr_sigma_max": 5,
                  "depthwise_convolution": true, "cross_max_distance": 20},
      "plan": {
        "steps": 12, "batchSize": 2, "accumulation": 1,
        "learningRate": {"peak": 0.002, "warmupSteps": 0, "decay": {"constant": {}}},
        "optimizer": {"beta1": 0.9, "beta2": 0.99, "eps": 1e-8, "weightDecay": 0,
                      "decaysMatricesOnly": true},
        "clip": 1.0, "averageDecay": 0.9, "precision": "fp32", "seed": 3, "saveEvery": 6,
        "sampleEvery": 6
      }
    }

    """
  }

  /// The recipe `confidence.json` for the model in `run/model`.
  static func confidenceTraining(_ folder: TemporaryFolder) throws -> DockingConfidenceTraining {
    let recipe = """
      {
        "train": "docking-confidence",
        "data": "\(folder.file("data").path(percentEncoded: false))",
        "model": "\(folder.file("run/model").path(percentEncoded: false))",
        "near": 2,
        "jitter": 0.5,
        "network": {"confidence_mode": true, "confidence_no_batchnorm": true,
                    "ns": 8, "nv": 2, "sh_lmax": 1, "num_conv_layers": 2, "sigma_embed_dim": 8,
                    "distance_embed_dim": 12, "cross_distance_embed_dim": 16,
                    "depthwise_convolution": true, "cross_max_distance": 15},
        "plan": {
          "steps": 240, "batchSize": 8, "accumulation": 1,
          "learningRate": {"peak": 0.003, "warmupSteps": 20, "decay": {"cosine": {"to": 0.05}}},
          "optimizer": {"beta1": 0.9, "beta2": 0.99, "eps": 1e-8, "weightDecay": 0,
                        "decaysMatricesOnly": true},
          "clip": 1.0, "averageDecay": 0.9, "precision": "fp32", "seed": 3, "saveEvery": 120,
          "sampleEvery": 120
        }
      }

      """
    try folder.write(recipe.utf8, to: "confidence.json")
    return try #require(
      TrainingRecipe(contentsOf: folder.file("confidence.json")).training
        as? DockingConfidenceTraining)
  }
}
