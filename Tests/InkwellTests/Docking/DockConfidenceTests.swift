import Files
import Foundation
import Modalities
import Models
import TestSupport
import Testing
import Torch
import Training

@testable import Inkwell

extension ThreadedTests {
  /// A network of confidences beside a model that a few steps trained.
  @Suite(.serialized) struct DockConfidenceTests {
    /// Trained once; each test has a copy.
    private static let trained = Result {
      let folder = try DockFixture.makeSet()
      try DockFixture.train(folder)
      var notes: [String] = []
      try DockFixture.confidenceTraining(folder)(
        folder: folder.file("confident"),
        report: { if case .note(let note) = $0 { notes.append(note) } })
      return (folder: folder, notes: notes)
    }

    let folder: TemporaryFolder
    let notes: [String]

    init() throws {
      Machine.threads = 1
      (folder, notes) = try Self.trained.get()
    }

    private func path(_ name: String) -> String { folder.file(name).path(percentEncoded: false) }

    private func make(_ model: String, count: Int = 6) async throws -> DockedPoses {
      let request = try Dock.Request(
        model: path(model), protein: path("data/proteins/THREE.pdb"),
        ligand: MakeConformers.Subject(name: "ibuprofen", smiles: "CC(C)Cc1ccc(cc1)C(C)C(=O)O"),
        center: SIMD3(40, 1, 2), count: count, seed: 3, sampling: DockingSampling(steps: 4))
      var made: DockedPoses?
      for try await event in Dock(threads: 1)(request) {
        if case .made(let poses) = event { made = poses }
      }
      return try #require(made)
    }

    @Test("near poses are given more than far ones by proteins that it was not trained on")
    func learns() throws {
      let said = notes.filter { $0.hasPrefix("by held-out proteins a near pose is given more") }
      let share = try #require(said.last?.split(separator: " ").compactMap { Double($0) }.first)
      #expect(said.count == 2 && share > 70 && share < 100, "\(said)")
    }

    @Test("poses are the same ones, the most confident first, and say how confident it is")
    func ranks() async throws {
      let (plain, ranked) = (try await make("run/model/"), try await make("confident/model/"))
      #expect(Set(ranked.poses.map(\.score)) == Set(plain.poses.map(\.score)))
      let confidences = ranked.poses.compactMap(\.confidence)
      #expect(confidences.count == 6 && confidences == confidences.sorted(by: >))
      #expect(confidences.allSatisfy { (0...1).contains($0) } && Set(confidences).count > 1)
      #expect(plain.poses.allSatisfy { $0.confidence == nil })
      let records = ranked.file.records
      #expect(
        records.map { $0["Inkwell.Confidence"] }
          == confidences.map { String(format: "%.4f", $0) })
      #expect(plain.file.records.allSatisfy { $0["Inkwell.Confidence"] == nil })
      // A pose's confidence depends on no other but for rounding, as the pose does.
      let alone = try await make("confident/model/", count: 1).poses[0]
      let same = try #require(ranked.poses.first { $0.seed == alone.seed })
      #expect(abs((same.confidence ?? 0) - (alone.confidence ?? 1)) < 1e-4)
      try ranked.save(to: folder.file("made"))
      let rows = CSVTable(
        try String(contentsOf: folder.file("made/checks.csv"), encoding: .utf8)
      ).rows.compactMap(\.values)
      #expect(rows[0][2] == "confidence")
      #expect(rows.dropFirst().map { $0[2] } == confidences.map { String(format: "%.4f", $0) })
      var again: DockedPoses?
      for try await event in Dock()(Regenerate.Request(file: path("made/poses.sdf"))) {
        if case .made(let made) = event { again = made }
      }
      #expect(try again?.file.text == ranked.file.text)
    }

    @Test("a table's results say how confident the model is of the best pose")
    func batch() throws {
      try folder.write("smiles\nCCO\nCC(C\n".utf8, to: "table.csv")
      let results = try DockBatch(threads: 1)(
        DockBatch.lines(of: folder.file("table.csv")),
        request: {
          try Dock.Request(
            model: path("confident/model/"), protein: path("data/proteins/THREE.pdb"), ligand: $0,
            center: SIMD3(40, 1, 2), count: 2, sampling: DockingSampling(steps: 2))
        }, to: folder.file("batch"))
      #expect(results.map { $0.error == nil } == [true, false])
      let rows = CSVTable(
        try String(contentsOf: folder.file("batch/results.csv"), encoding: .utf8)
      ).rows.compactMap(\.values)
      let best = try SDFile(contentsOf: folder.file("batch/00002-CCO/poses.sdf")).records.first
      #expect(rows[0][6] == "best_confidence")
      #expect(rows[1][6] == best?["Inkwell.Confidence"] && rows[2][6].isEmpty)
      #expect(rows.allSatisfy { $0.count == rows[0].count })
    }

    @Test("a run that was stopped goes on to the same bytes")
    func resumes() throws {
      var training = try DockFixture.confidenceTraining(folder)
      training.plan = try TrainingPlan(
        steps: 6, batchSize: 4, learningRate: LearningRate(peak: 1e-3, warmupSteps: 1), seed: 3,
        saveEvery: 2, sampleEvery: 6)
      try training(folder: folder.file("whole"))
      #expect(throws: CancellationError.self) {
        try training(folder: folder.file("parts"), onStart: { $0.requestStop() })
      }
      try training(folder: folder.file("parts"))
      #expect(try runFiles(folder.file("parts")) == runFiles(folder.file("whole")))
    }

    @Test("an evaluation puts the model's order beside that of shapes")
    func evaluates() throws {
      var evaluate = EvaluatePoses(
        model: path("confident/model/"), data: path("data"), output: path("page"))
      (evaluate.molecules, evaluate.poses) = (8, 3)
      evaluate.sampling = DockingSampling(steps: 3)
      let figures = try evaluate()
      for group in figures.groups {
        #expect(Set(group.methods.keys).isSuperset(of: ["model", "model-shapes", "random"]))
        // The same poses in another order.
        #expect(group.methods["model"]?.nearest == group.methods["model-shapes"]?.nearest)
      }
      let page = try String(contentsOf: folder.file("page/README.md"), encoding: .utf8)
      #expect(page.contains("in the order of the model's confidence"))
      #expect(page.contains("| its poses in the order of shapes |"))
    }

    @Test("what cannot be trained or run is refused by name")
    func refuses() throws {
      func refusal(_ change: (inout DockingConfidenceTraining) -> Void) throws -> String {
        var training = try DockFixture.confidenceTraining(folder)
        change(&training)
        let error = #expect(throws: RecipeError.self) {
          try training(folder: folder.file("refused"))
        }
        return "\(try #require(error))"
      }
      #expect(try refusal { $0.near = 0 }.contains("near"))
      #expect(try refusal { $0.jitter = 11 }.contains("jitter"))
      #expect(try refusal { $0.network.confidenceMode = false }.contains("confidence_mode"))
      #expect(
        try refusal { $0.network.confidenceNoBatchnorm = false }.contains("no_batchnorm"))
      #expect(try refusal { $0.network.numConfidenceOutputs = 2 }.contains("num_confidence"))

      let copy = try TemporaryFolder()
      let model = copy.file("model")
      try FileManager.default.copyItem(at: folder.file("confident/model"), to: model)
      let part = model.appending(path: "confidence_model")
      try FileManager.default.removeItem(at: part)
      #expect(throws: ModelError.self) { try DockingModelFolder(model) }
      try FileManager.default.copyItem(at: model.appending(path: "score_model"), to: part)
      #expect {
        try DockingModel(DockingModelFolder(model))
      } throws: {
        "\($0)".contains("confidence_model.confidence_mode")
      }
    }
  }
}
