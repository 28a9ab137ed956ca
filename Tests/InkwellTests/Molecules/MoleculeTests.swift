import Diffusion
import Foundation
import Modalities
import TestSupport
import Testing
import Torch
import Training

@testable import Inkwell

extension ThreadedTests {
  /// A model that a few steps trained.
  @Suite(.serialized) struct MoleculeTests {
    let folder: TemporaryFolder
    let notes: [String]

    init() throws {
      folder = try MoleculeFixture.make()
      _ = try MoleculeFixture.dataset(folder)()
      Machine.threads = 1
      notes = try MoleculeFixture.train(folder)
    }

    private func path(_ name: String) -> String { folder.file(name).path(percentEncoded: false) }

    private func request(
      count: Int = 24, seed: UInt64 = 0, _ properties: [MoleculeProperty: Double] = [:],
      guidance: Double = 1, onlyValid: Bool = false
    ) throws -> MakeMolecules.Request {
      try MakeMolecules.Request(
        model: path("run/model/"), count: count, seed: seed, properties: properties,
        guidance: guidance, onlyValid: onlyValid)
    }

    private func make(_ request: MakeMolecules.Request) async throws -> MoleculeFile {
      var file: MoleculeFile?
      for try await event in MakeMolecules(threads: 1)(request) {
        if case .made(let made) = event { file = made }
      }
      return try #require(file)
    }

    @Test("a few steps are enough to write molecules like those that were learnt")
    func learns() async throws {
      let note = try #require(notes.last)
      #expect(note.contains(" of 128 texts are molecules, "))
      let made = try await make(request(count: 64)).molecules
      #expect(made.map(\.seed) == Array(0..<64))
      #expect(made.count { $0.smiles != nil } > 40)
      let known = try Set(MoleculeEntry.all(in: folder.file("data")).map(\.smiles))
      #expect(made.count { known.contains($0.smiles ?? "") } > 20)
    }

    @Test("heavy molecules are heavier than light ones where they are asked for")
    func asks() async throws {
      func weight(_ wanted: Double) async throws -> Double {
        let made = try await make(request(count: 48, [.weight: wanted], guidance: 1.5)).molecules
        let weights = made.compactMap { $0.properties?.weight }
        return weights.reduce(0, +) / Double(max(weights.count, 1))
      }
      let (light, heavy) = (try await weight(46), try await weight(110))
      #expect(heavy > light + 15)
    }

    @Test("a text depends on its own seed alone")
    func seeds() async throws {
      let all = try await make(request()).molecules
      let later = try await make(request(count: 2, seed: 7)).molecules
      #expect(later == Array(all[7..<9]))
      #expect(Set(all.map(\.text)).count > 6)
    }

    @Test("a run that was stopped goes on to the same bytes")
    func resumes() throws {
      let training = try MoleculeFixture.training(folder)
      #expect(throws: CancellationError.self) {
        try MoleculeFixture.train(folder, training, run: "again") { $0.requestStop() }
      }
      try MoleculeFixture.train(folder, training, run: "again")
      #expect(try runFiles(folder.file("again")) == runFiles(folder.file("run")))
    }

    @Test("of texts of several lengths that are read together, each is read as it is alone")
    func together() throws {
      let model = try MoleculeModel(MoleculeModelFolder(folder.file("run/model")))
      let features = model.features([.weight: 60], count: 2)
      let hidden = MoleculeNetwork.mask
      let rows = [[1, hidden, 3, 2], [2, hidden]]
      let padded = rows.flatMap { $0 + [Int](repeating: hidden, count: 4 - $0.count) }
      let said = try checked {
        model.network(
          Tensor(padded, shape: [2, 4]), features: features, lengths: Tensor(rows.map(\.count)))
      }
      for (index, row) in rows.enumerated() {
        let alone = try checked {
          model.network(
            Tensor(row, shape: [1, row.count]),
            features: features.narrowed(dim: 0, start: index, length: 1))
        }
        let own = said.narrowed(dim: 0, start: index, length: 1)
          .narrowed(dim: 1, start: 0, length: row.count)
        // Sums of other lengths are rounded otherwise.
        #expect(relativeDistance(own, alone) < 1e-5)
      }
    }

    @Test("every molecule of a batch is in one group, with its own pieces and padding behind them")
    func groups() throws {
      let set = try MoleculeSet(
        folder: folder.file("data"), joins: 6, maximum: 8, cache: folder.file("cache"),
        report: { _ in })
      let indices = (0..<150).map { $0 % set.lengths.count }
      let groups = set.groups(indices, dropout: 0.5, Generator(seed: 4))
      #expect(groups.map { $0.x0.shape[0] } == [64, 64, 22])
      let lengths = groups.flatMap { $0.lengths.values(as: Int.self) }
      #expect(lengths == indices.map { set.lengths[$0] }.sorted())
      for group in groups {
        let isPiece = group.x0.greater(than: .integer(0)).converted(to: .int64)
        let own = group.lengths.values(as: Int.self)
        #expect(isPiece.sum(dims: [1]).values(as: Int.self) == own)
        #expect(group.x0.shape[1] == own.last && group.features.shape[0] == own.count)
      }
    }

    @Test("the recipe says at which temperature the model writes")
    func temperature() throws {
      #expect(
        try MoleculeModelFolder(folder.file("run/model")).index.about.sampling.temperature == 1)
      var cool = try MoleculeFixture.training(folder)
      cool.temperature = 0.5
      try MoleculeFixture.train(folder, cool, run: "cool")
      let sampling = try MoleculeModelFolder(folder.file("cool/model")).index.about.sampling
      #expect(sampling == Unmasking(steps: 8, temperature: 0.5))
    }

    @Test("a training starts from a trained model that spells as the data do")
    func furtherTraining() throws {
      let weights = "model/text_model/model.safetensors"
      var training = try MoleculeFixture.training(folder)
      training.initial = path("run/model")
      training.plan = try TrainingPlan(
        steps: 1, batchSize: 8, learningRate: LearningRate(peak: 1e-3, warmupSteps: 1), seed: 3)
      try MoleculeFixture.train(folder, training, run: "further")
      let change = try greatestChange(
        from: folder.file("run/\(weights)"), to: folder.file("further/\(weights)"))
      // One step of Adam moves no weight by much more than the rate; weights are in half precision.
      #expect(change > 0 && change < 4e-3)

      let vocabulary = folder.file("run/model/text_model/vocabulary.json")
      let text = try String(contentsOf: vocabulary, encoding: .utf8)
      try folder.write((text + " ").utf8, to: "run/model/text_model/vocabulary.json")
      #expect(throws: TrainingDataError.vocabulary(vocabulary.path(percentEncoded: false))) {
        try MoleculeFixture.train(folder, training, run: "other")
      }
    }

    @Test("a recipe out of range is refused, and so is data that does not fit")
    func recipes() throws {
      let training = try MoleculeFixture.training(folder)
      let changes: [(String, (inout MoleculeTraining) -> Void)] = [
        ("joins", { $0.joins = -1 }), ("maximumPieces", { $0.maximumPieces = 0 }),
        ("layers", { $0.layers = 0 }), ("channels", { $0.channels = 33 }),
        ("channels", { $0.heads = 0 }), ("propertyDropout", { $0.propertyDropout = 1.5 }),
        ("temperature", { $0.temperature = -1 }),
      ]
      for (key, change) in changes {
        var other = training
        change(&other)
        let error = #expect(throws: RecipeError.self) {
          try MoleculeFixture.train(folder, other, run: "other")
        }
        #expect(error.map { "\($0)" }?.contains(key) == true)
      }
      var other = training
      other.data = path("none")
      #expect(throws: MoleculeDataError.missing(file: path("none/train.csv"))) {
        try MoleculeFixture.train(folder, other, run: "other")
      }
      other = training
      other.maximumPieces = 1
      other.joins = 0
      try FileManager.default.createDirectory(
        at: folder.file("long"), withIntermediateDirectories: true)
      try folder.write(
        "smiles,logp,tpsa,weight,sp3\nCCO,1,2,3,0.5\n".utf8, to: "long/train.csv")
      other.data = path("long")
      #expect(throws: MoleculeDataError.pieces(file: path("long/train.csv"), most: 1)) {
        try MoleculeFixture.train(folder, other, run: "other")
      }
    }

    @Test("files tell what is no molecule and how they were made, and are made again to the byte")
    func again() async throws {
      let file = try await make(request(count: 40))
      for name in ["made.smi", "made.csv", "made.sdf"] {
        try file.save(to: folder.file(name))
        #expect(try MoleculeRecord(contentsOf: folder.file(name)) == file.record)
        #expect(try moleculeTask(of: folder.file(name)) == "molecules")
        #expect(throws: ProvenanceError.self) {
          try ConformerRecord(contentsOf: folder.file(name))
        }
        var again: MoleculeFile?
        for try await event in MakeMolecules()(Regenerate.Request(file: path(name))) {
          if case .made(let made) = event { again = made }
        }
        try again?.save(to: folder.file("again-\(name)"))
        #expect(
          try Data(contentsOf: folder.file(name)) == Data(contentsOf: folder.file("again-\(name)")))
      }
      let valid = file.molecules.filter { $0.smiles != nil }
      let lines = try String(contentsOf: folder.file("made.smi"), encoding: .utf8)
        .split(separator: "\n").dropFirst()
      #expect(lines.count == 40 && lines.count { $0.hasSuffix(" invalid") } == 40 - valid.count)
      let records = try SDFile(contentsOf: folder.file("made.sdf")).records
      #expect(records.map { $0["SMILES"] } == valid.map(\.smiles))
      #expect(records.allSatisfy { $0.molecule.hasCoordinates })
      try await make(request(count: 40, onlyValid: true)).save(to: folder.file("valid.smi"))
      let kept = try MakeConformers.Subject.named(by: path("valid.smi"))
      #expect(try kept.map { try Molecule(smiles: $0.smiles).smiles } == valid.map(\.smiles))
    }

    @Test("a model that was changed, and a file without a record, are refused")
    func provenance() async throws {
      try await make(request(count: 4)).save(to: folder.file("made.smi"))
      try folder.write("CCO ethanol\n".utf8, to: "bare.smi")
      #expect(throws: ProvenanceError.none(file: path("bare.smi"))) {
        try MoleculeRecord(contentsOf: folder.file("bare.smi"))
      }
      let index = folder.file("run/model/model_index.json")
      try Data("\n".utf8 + Data(contentsOf: index)).write(to: index)
      await #expect(throws: ProvenanceError.self) {
        for try await _ in MakeMolecules()(Regenerate.Request(file: path("made.smi"))) {}
      }
    }

    @Test("a model whose parts do not fit together is refused")
    func misfits() throws {
      let index = folder.file("run/model/model_index.json")
      let whole = try String(contentsOf: index, encoding: .utf8)
      for (old, new) in [
        ("\"maximum_pieces\" : 8", "\"maximum_pieces\" : 7"),
        ("\"maximum_pieces\" : 8", "\"maximum_pieces\" : 9"),
        ("\"logp\",", ""), ("\"logp\",", "\"tpsa\","),
      ] {
        try #require(whole.contains(old))
        try Data(whole.replacing(old, with: new).utf8).write(to: index)
        #expect(throws: ModelError.self) {
          try MoleculeModel(MoleculeModelFolder(folder.file("run/model")))
        }
      }
    }

    @Test("requests out of range are refused, and others come back as they were")
    func requests() async throws {
      for count in [0, 1_000_001] {
        #expect(throws: GenerateError.self) { try request(count: count) }
      }
      #expect(throws: GenerateError.self) { try request(guidance: -1) }
      let made = try request([.logp: 1, .sp3: 0.5], guidance: 2)
      let json = try JSONEncoder().encode(made)
      #expect(try JSONDecoder().decode(MakeMolecules.Request.self, from: json) == made)
      let text = String(decoding: json, as: UTF8.self)
      #expect(throws: GenerateError.self) {
        try JSONDecoder().decode(
          MakeMolecules.Request.self, from: Data(text.replacing("logp", with: "smell").utf8))
      }
      await #expect(throws: GenerateError.self) { try await make(request([.weight: 5000])) }
      await #expect(throws: GenerateError.self) { try await make(request([.logp: .nan])) }
      #expect(throws: GenerateError.self) {
        try MoleculeFile.Format(of: folder.file("molecules.png"))
      }
    }
  }
}
