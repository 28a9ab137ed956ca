import Foundation
import Modalities
import Models
import TestSupport
import Testing

@testable import Inkwell

@Suite struct PoseDatasetTests {
  @Test("docked molecules are sorted by protein and molecule, and what is left out is told")
  func builds() throws {
    let folder = try DockFixture.makeDocked()
    let build = PoseDataset(docked: folder.file("docked"), output: folder.file("data"))
    let summary = try build()
    #expect(summary.poses == ["train": 4, "validation": 5, "test": 6])
    #expect(summary.targets == ["train": 1, "validation": 1, "test": 2])
    #expect(
      summary.leftOut == ["not docked: no type": 3, "an energy above -5.0 kcal/mol": 3])
    let entries = try PoseEntry.all(in: folder.file("data"))
    #expect(entries.count == 15)
    let known = try #require(entries.first { $0.id == "ONE/AAE" })
    #expect(known.split == .test && known.isKnownTarget && known.energy == -10)
    #expect(entries.filter { $0.target == "THREE" }.allSatisfy { !$0.isKnownTarget })
    let test = try SDFile(contentsOf: folder.file("data/test.sdf"))
    #expect(test.records.map(\.name).first == "ONE/AAE" && test.records.count == 6)
    let protein = try Protein(contentsOf: folder.file("data/proteins/TWO.pdb"))
    #expect(protein.residues.count == 14)
    // Made again over itself, to the same bytes.
    let before = try Data(contentsOf: folder.file("data/metadata.jsonl"))
    _ = try build()
    #expect(try Data(contentsOf: folder.file("data/metadata.jsonl")) == before)
  }

  @Test("what is missing or does not fit is refused by name")
  func refusals() throws {
    func error(_ change: (TemporaryFolder) throws -> Void) throws -> String {
      let folder = try DockFixture.makeDocked()
      try change(folder)
      let error = #expect(throws: (any Error).self) {
        try PoseDataset(docked: folder.file("docked"), output: folder.file("data"))()
      }
      #expect(
        !FileManager.default.fileExists(atPath: folder.file("data").path(percentEncoded: false)))
      return error.map { "\($0)" } ?? ""
    }
    func remove(_ name: String) -> (TemporaryFolder) throws -> Void {
      { try FileManager.default.removeItem(at: $0.file("docked/\(name)")) }
    }
    #expect(try error(remove("ONE.pdb")).contains("ONE.pdb is not there"))
    #expect(try error(remove("ONE.sdf")).contains("ONE.sdf is not there"))
    #expect(try error(remove("sources.json")).contains("sources.json is not there"))
    #expect(try error(remove("")).contains("is not there"))
    #expect(
      try error { folder in
        for name in ["ONE", "TWO", "THREE"] { try remove("\(name).json")(folder) }
      }.contains("expected docked targets"))
    #expect(
      try error { folder in
        try folder.write(
          "{\"target\": \"OTHER\", \"split\": \"train\", \"center\": [0,0,0], \"docked\": []}".utf8,
          to: "docked/ONE.json")
      }.contains("expected the target ONE, found OTHER"))
    #expect(
      try error { folder in
        try folder.write(
          "{\"target\": \"ONE\", \"split\": \"train\", \"center\": [0,0], \"docked\": []}".utf8,
          to: "docked/ONE.json")
      }.contains("a center of three numbers"))
    let missing = """
      {"target": "ONE", "split": "train", "center": [0, 0, 0],
       "docked": [{"ligand": "ZZZ", "smiles": "C", "split": "train", "energy": -9}]}
      """
    #expect(
      try error { try $0.write(missing.utf8, to: "docked/ONE.json") }
        .contains("expected a record of ZZZ"))
    #expect(
      try error { folder in
        let flat = try Molecule(smiles: "CCO")
        try SDFile([SDRecord(flat, name: "ZZZ")]).save(to: folder.file("docked/ONE.sdf"))
        try folder.write(missing.utf8, to: "docked/ONE.json")
      }.contains("ZZZ: expected places in space"))
  }

  @Test("the recipe in the repository reads, and a key that has no effect is refused")
  func recipe() throws {
    var root = URL(filePath: #filePath)
    for _ in 0..<4 { root.deleteLastPathComponent() }
    let file = root.appending(path: "Recipes/docking/pockets.json")
    let training = try #require(TrainingRecipe(contentsOf: file).training as? DockingTraining)
    #expect(training.pocket == DockingTraining.View(radius: 14, jitter: 1.5))
    #expect(training.network.depthwiseConvolution && training.network.trSigmaMax == 6)
    let folder = try TemporaryFolder()
    let text = try String(contentsOf: file, encoding: .utf8)
    try folder.write(text.replacing("\"jitter\"", with: "\"gitter\"").utf8, to: "odd.json")
    #expect(throws: (any Error).self) { try TrainingRecipe(contentsOf: folder.file("odd.json")) }
  }

  @Test("a folder without poses, or with a pocket without residues, is none to train on")
  func sets() throws {
    let folder = try DockFixture.makeSet()
    let view = DockingTraining.View(radius: 12, jitter: 1)
    let set = try PoseSet(folder: folder.file("data"), split: .train, view: view)
    #expect(set.count == 4 && set.pockets.count == 1)
    let narrow = DockingTraining.View(radius: 4, jitter: 0)
    #expect(throws: PoseDataError.noPocket(target: "ONE", radius: 4)) {
      try PoseSet(folder: folder.file("data"), split: .train, view: narrow)
    }
    try FileManager.default.removeItem(at: folder.file("data/proteins/TWO.pdb"))
    #expect(throws: PoseDataError.self) {
      try PoseSet(folder: folder.file("data"), split: .validation, view: view)
    }
    try folder.write("".utf8, to: "data/metadata.jsonl")
    #expect(
      throws: PoseDataError.empty(folder: folder.file("data/train.sdf").path(percentEncoded: false))
    ) {
      try PoseSet(folder: folder.file("data"), split: .train, view: view)
    }
    try folder.write("{}\n".utf8, to: "data/metadata.jsonl")
    #expect(throws: EvaluationError.self) { try PoseEntry.all(in: folder.file("data")) }
    #expect(throws: PoseDataError.self) { try PoseEntry.all(in: folder.file("none")) }
  }
}
