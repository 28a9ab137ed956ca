import Evaluation
import Foundation
import Modalities
import Models
import TestSupport
import Testing
import Torch
import Training

@testable import Inkwell

extension ThreadedTests {
  /// A model that a few steps trained.
  @Suite(.serialized) struct ConformerTests {
    let folder: TemporaryFolder
    let notes: [String]

    init() throws {
      folder = try ConformerFixture.makeSet()
      Machine.threads = 1
      notes = try ConformerFixture.train(folder)
    }

    private func path(_ name: String) -> String { folder.file(name).path(percentEncoded: false) }

    private func request(
      _ molecules: [MakeConformers.Subject], count: Int = 3, seed: UInt64 = 0,
      sampling: ConformerSampling? = ConformerSampling(steps: 4)
    ) throws -> MakeConformers.Request {
      try MakeConformers.Request(
        model: path("run/model/"), molecules: molecules, count: count, seed: seed,
        sampling: sampling)
    }

    private func make(_ request: MakeConformers.Request) async throws -> SDFile {
      var file: SDFile?
      for try await event in MakeConformers(threads: 1)(request) {
        if case .made(let made) = event { file = made }
      }
      return try #require(file)
    }

    private let ibuprofen = MakeConformers.Subject(
      name: "ibuprofen", smiles: "CC(C)Cc1ccc(cc1)[C@@H](C)C(=O)O")

    @Test("a training says what its error on held-out molecules is, about 1 after so few steps")
    func errors() throws {
      let said = notes.filter { $0.hasPrefix("error on held-out scaffolds ") }
      #expect(said.count == 2)
      for note in said {
        let number = try #require(note.split(separator: " ").dropFirst(4).first?.dropLast())
        #expect(abs((Double(number) ?? .nan) - 1) < 0.5)
      }
    }

    @Test("a run that was stopped goes on to the same bytes")
    func resumes() throws {
      var training = try ConformerFixture.training(folder)
      #expect(throws: CancellationError.self) {
        try ConformerFixture.train(folder, training, run: "again") { $0.requestStop() }
      }
      try ConformerFixture.train(folder, training, run: "again")
      #expect(try runFiles(folder.file("again")) == runFiles(folder.file("run")))
      training.network.inNodeFeatures = 3
      #expect(
        throws: RecipeError.value("network.in_node_features", expected: "74", found: "3")
      ) { try ConformerFixture.train(folder, training, run: "other") }
      training = try ConformerFixture.training(folder)
      training.data = path("none")
      #expect(throws: ConformerDataError.self) {
        try ConformerFixture.train(folder, training, run: "other")
      }
    }

    @Test("a training starts from a trained model of the same sizes")
    func furtherTraining() throws {
      let weights = "model/score_model/model.safetensors"
      var training = try ConformerFixture.training(folder)
      training.plan = try training.plan.with(steps: 1)
      training.initial = folder.file("run/model").path(percentEncoded: false)
      try ConformerFixture.train(folder, training, run: "further")
      let change = try greatestChange(
        from: folder.file("run/\(weights)"), to: folder.file("further/\(weights)"))
      // One step of Adam moves no weight by much more than the rate.
      #expect(change > 0 && change < 0.012)
      training.network.ns = 5
      #expect(throws: ConfigurationError.self) {
        try ConformerFixture.train(folder, training, run: "wider")
      }
    }

    @Test("conformers have RDKit's local structure and right and left as asked, and differ by seed")
    func makes() async throws {
      let file = try await make(request([ibuprofen]))
      #expect(file.records.map(\.name) == ["ibuprofen", "ibuprofen", "ibuprofen"])
      for record in file.records {
        let heavy = try record.molecule.removingHydrogens()
        #expect(try heavy.smiles == Molecule(smiles: ibuprofen.smiles).smiles)
        #expect(record.molecule.atoms.count == 33)
      }
      let later = try await make(request([ibuprofen], count: 1, seed: 1))
      let pairs = [(file.records[1], later.records[0]), (file.records[0], later.records[0])]
      let apart = try pairs.map { try $0.molecule.distance(to: $1.molecule, aligned: false) }
      #expect(apart[0] < 1e-3 && apart[1] > 0.1)
      let flow = try await make(
        request([ibuprofen], count: 1, sampling: ConformerSampling(method: .flow, steps: 4)))
      #expect(
        try flow.records[0].molecule.distance(to: file.records[0].molecule, aligned: true) > 1e-3)
    }

    @Test("an SD file of conformers is made again to the byte, by its own record")
    func again() async throws {
      let subjects = [ibuprofen, MakeConformers.Subject(name: "rigid", smiles: "c1ccccc1")]
      let file = try await make(request(subjects, count: 2))
      #expect(file.records.count == 4)
      try file.save(to: folder.file("made.sdf"))
      var again: SDFile?
      for try await event in MakeConformers()(Regenerate.Request(file: path("made.sdf"))) {
        if case .made(let made) = event { again = made }
      }
      #expect(try again?.text == file.text)
      let changed = folder.file("run/model/model_index.json")
      try Data("\n".utf8 + Data(contentsOf: changed)).write(to: changed)
      await #expect(throws: ProvenanceError.self) {
        for try await _ in MakeConformers()(Regenerate.Request(file: path("made.sdf"))) {}
      }
      var bare = file
      for index in bare.records.indices { bare.records[index].properties = [] }
      try bare.save(to: folder.file("bare.sdf"))
      #expect(throws: ProvenanceError.none(file: path("bare.sdf"))) {
        try ConformerRecord(contentsOf: folder.file("bare.sdf"))
      }
    }

    @Test(
      "what is no molecule, or one that cannot be done, is refused with the reason",
      arguments: [
        ("CC(C", "SMILES CC(C: expected a molecule in SMILES"),
        ("C(C)(C)(C)(C)C", "expected a molecule that can be"),
        ("CCO.CCO", "pair: expected one molecule: it has several parts"),
        ("CC[Fe]", "found Fe, atom 3"),
        (
          String(repeating: "C", count: 151),
          "pair: the molecule is too large: 151 atoms without hydrogens, the limit is 150"
        ),
      ])
    func refuses(smiles: String, message: String) async throws {
      let error = await #expect(throws: (any Error).self) {
        try await make(request([MakeConformers.Subject(name: "pair", smiles: smiles)]))
      }
      let found = try #require(error)
      #expect("\(found)".contains(message), "\(found)")
      #expect(Failure(found) == .file)
    }

    @Test("files of molecules are read with their names")
    func files() throws {
      try folder.write("CCO ethanol\n\nc1ccccc1\tbenzene ring\nCC\n".utf8, to: "some.smi")
      let found = try MakeConformers.Subject.named(by: path("some.smi"))
      #expect(found.map(\.name) == ["ethanol", "benzene ring", "CC"])
      #expect(found.map(\.smiles) == ["CCO", "c1ccccc1", "CC"])
      let records = try MakeConformers.Subject.named(by: path("data/test.sdf"))
      #expect(records.map(\.name) == ConformerFixture.molecules.map(\.0))
      #expect(try records[0].smiles == Molecule(smiles: ConformerFixture.molecules[0].1).smiles)
      #expect(try MakeConformers.Subject.named(by: "CCO").map(\.name) == ["CCO"])
      try folder.write("\n".utf8, to: "empty.smi")
      for name in ["empty.smi", "none.smi"] {
        #expect(throws: GenerateError.self) {
          try MakeConformers.Subject.named(by: path(name))
        }
      }
    }

    @Test("requests out of range are refused, and others come back as they were")
    func requests() throws {
      for (count, steps) in [(0, 20), (1001, 20), (1, 0), (1, 1001)] {
        #expect(throws: GenerateError.self) {
          try request([ibuprofen], count: count, sampling: ConformerSampling(steps: steps))
        }
      }
      #expect(throws: GenerateError.self) { try request([]) }
      #expect(throws: GenerateError.self) {
        try request([MakeConformers.Subject(name: "a\nb", smiles: "C")])
      }
      let made = try request([ibuprofen])
      let again = try JSONDecoder().decode(
        MakeConformers.Request.self, from: JSONEncoder().encode(made))
      #expect(again == made)
    }

    @Test("an evaluation measures the model beside RDKit, chance and the floor")
    func evaluates() throws {
      var evaluate = EvaluateConformers(
        model: path("run/model/"), data: path("data"), output: path("page"), molecules: 9)
      evaluate.conformers = 3
      evaluate.sampling = ConformerSampling(steps: 3)
      let figures = try evaluate()
      #expect(figures.molecules == 9 && figures.withoutConformer == 0)
      let (floor, chance) = (
        try #require(figures.methods["matched"]), try #require(figures.methods["random"])
      )
      #expect(floor.nearest.value < chance.nearest.value && floor.recall[1].value == 1)
      #expect(floor.mean.value >= floor.nearest.value)
      #expect(figures.groups.map(\.molecules).reduce(0, +) <= 9)
      let gain =
        try #require(figures.methods["model"]).mean.value
        - (try #require(figures.methods["etkdg"]).mean.value)
      #expect(abs(figures.gain.mean.value - gain) < 1e-9)
      let page = try String(contentsOf: folder.file("page/README.md"), encoding: .utf8)
      let data = URL(filePath: evaluate.data).lastPathComponent
      #expect(page.contains("--data data/\(data) --count 9") && page.contains("≤ 0.75 Å"))
      evaluate.molecules = 3
      #expect(throws: EvaluationError.self) { try evaluate() }
      evaluate.molecules = 9
      evaluate.data = path("none")
      #expect(throws: ConformerDataError.self) { try evaluate() }
    }
  }
}
