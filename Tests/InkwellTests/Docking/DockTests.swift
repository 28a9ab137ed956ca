import Evaluation
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
  /// A model that a few steps trained.
  @Suite(.serialized) struct DockTests {
    let folder: TemporaryFolder
    let notes: [String]

    init() throws {
      folder = try DockFixture.makeSet()
      Machine.threads = 1
      notes = try DockFixture.train(folder)
    }

    private func path(_ name: String) -> String { folder.file(name).path(percentEncoded: false) }

    private let subject = MakeConformers.Subject(
      name: "ibuprofen", smiles: "CC(C)Cc1ccc(cc1)[C@@H](C)C(=O)O")

    private func request(
      _ ligand: MakeConformers.Subject? = nil, center: SIMD3<Double> = SIMD3(40, 1, 2),
      count: Int = 3, seed: UInt64 = 0,
      sampling: DockingSampling? = DockingSampling(steps: 4)
    ) throws -> Dock.Request {
      try Dock.Request(
        model: path("run/model/"), protein: path("data/proteins/THREE.pdb"),
        ligand: ligand ?? subject, center: center, count: count, seed: seed, sampling: sampling)
    }

    private func make(_ request: Dock.Request) async throws -> DockedPoses {
      var made: DockedPoses?
      for try await event in Dock(threads: 1)(request) {
        if case .made(let poses) = event { made = poses }
      }
      return try #require(made)
    }

    @Test("a training says what its errors by held-out proteins are, of 1 for no score")
    func errors() throws {
      let said = notes.filter { $0.hasPrefix("errors by held-out proteins: ") }
      #expect(said.count == 2)
      for note in said {
        let numbers = note.split(separator: " ").compactMap { Double($0) }.prefix(3)
        #expect(numbers.count == 3 && numbers.allSatisfy { abs($0 - 1) < 0.6 }, "\(note)")
      }
    }

    @Test("a run that was stopped goes on to the same bytes; what cannot be trained is refused")
    func resumes() throws {
      var training = try DockFixture.training(folder)
      #expect(throws: CancellationError.self) {
        try DockFixture.train(folder, training, run: "again") { $0.requestStop() }
      }
      try DockFixture.train(folder, training, run: "again")
      #expect(try runFiles(folder.file("again")) == runFiles(folder.file("run")))
      training.pocket.radius = 3
      #expect(
        throws: RecipeError.value("pocket.radius", expected: "4.0 to 40.0", found: "3.0")
      ) { try DockFixture.train(folder, training, run: "other") }
      training = try DockFixture.training(folder)
      training.network.confidenceMode = true
      #expect(throws: RecipeError.self) { try DockFixture.train(folder, training, run: "other") }
      training = try DockFixture.training(folder)
      training.data = path("none")
      #expect(throws: PoseDataError.self) { try DockFixture.train(folder, training, run: "other") }
    }

    @Test("poses are of the molecule, the best first, and a seed gives the same again")
    func makes() async throws {
      let poses = try await make(request())
      #expect(poses.poses.map(\.score) == poses.poses.map(\.score).sorted())
      #expect(Set(poses.poses.map(\.seed)) == [0, 1, 2])
      let file = poses.file
      #expect(file.records.map { $0["Inkwell.Rank"] } == ["1", "2", "3"])
      for record in file.records {
        #expect(record.molecule.atoms.count == 33 && record.name == "ibuprofen")
        #expect(
          try record.molecule.removingHydrogens().smiles == Molecule(smiles: subject.smiles).smiles)
      }
      #expect(try await make(request()).file.text == file.text)
      // A pose depends on its own seed and on no other.
      let later = try await make(request(count: 1, seed: 2)).poses[0]
      let same = try #require(poses.poses.first { $0.seed == 2 })
      #expect(try later.molecule.distance(to: same.molecule, aligned: false) < 1e-3)
      let other = try await make(request(count: 1, seed: 7)).poses[0]
      #expect(try other.molecule.distance(to: same.molecule, aligned: false) > 0.1)
      let flow = try await make(
        request(count: 1, seed: 2, sampling: DockingSampling(method: .flow, steps: 4))
      ).poses[0]
      #expect(try flow.molecule.distance(to: same.molecule, aligned: false) > 1e-3)
    }

    @Test("settling lessens the score of shapes, and keeps lengths of bonds")
    func settles() async throws {
      let bare = try await make(
        request(count: 6, sampling: DockingSampling(steps: 4, settles: false)))
      let settled = try await make(request(count: 6))
      #expect(bare.poses.contains { $0.score != 0 })
      for pose in settled.poses {
        let before = try #require(bare.poses.first { $0.seed == pose.seed })
        // One that was led away from the protein has nothing to settle by.
        #expect(pose.score < before.score || before.score == 0)
        let (a, b) = (try before.molecule.places ?? [], try pose.molecule.places ?? [])
        for bond in pose.molecule.bonds where max(bond.begin, bond.end) < 15 {
          func length(_ places: Places) -> Double {
            let difference = places[bond.begin] - places[bond.end]
            return (difference * difference).sum().squareRoot()
          }
          #expect(abs(length(a) - length(b)) < 1e-6)
        }
      }
    }

    @Test("the files say how they were made, and are made again to the byte")
    func again() async throws {
      let poses = try await make(request())
      try poses.save(to: folder.file("made"))
      #expect(try moleculeTask(of: folder.file("made/poses.sdf")) == "dock")
      for name in ["poses.sdf", "trajectory.pdb"] {
        var again: DockedPoses?
        for try await event in Dock()(Regenerate.Request(file: path("made/\(name)"))) {
          if case .made(let made) = event { again = made }
        }
        #expect(try again?.file.text == poses.file.text)
        #expect(try again?.trajectory?.text == poses.trajectory?.text)
      }
      let way = try String(contentsOf: folder.file("made/trajectory.pdb"), encoding: .utf8)
      #expect(way.split(separator: "\n").filter { $0.hasPrefix("MODEL") }.count == 6)
      let checks = CSVTable(
        try String(contentsOf: folder.file("made/checks.csv"), encoding: .utf8)
      ).rows.compactMap(\.values)
      #expect(checks.count == 4 && checks.allSatisfy { $0.count == 10 })
      #expect(checks[1][1] == "\(poses.poses[0].seed)")
      #expect(checks[1][2].isEmpty && checks[1][5] == "\(poses.poses[0].contacts.isFree)")
      // Another protein in the same place, and files of others.
      let protein = folder.file("data/proteins/THREE.pdb")
      let text = try String(contentsOf: protein, encoding: .utf8)
      try Data(text.replacing("PHE", with: "TYR").utf8).write(to: protein)
      await #expect(throws: ProvenanceError.otherSource(file: path("data/proteins/THREE.pdb"))) {
        for try await _ in Dock()(Regenerate.Request(file: path("made/poses.sdf"))) {}
      }
      #expect(throws: ProvenanceError.self) {
        try DockingRecord(contentsOf: folder.file("data/test.sdf"))
      }
      #expect(throws: ProvenanceError.self) { try moleculeTask(of: protein) }
    }

    @Test(
      "what cannot be docked is refused with the reason",
      arguments: [
        ("CC(C", 40.0, "SMILES CC(C: expected a molecule in SMILES"),
        ("CCO.CCO", 40, "odd: expected one molecule: it has several parts"),
        (
          String(repeating: "C", count: 151), 40,
          "odd: the molecule is too large: 151 atoms without hydrogens, the limit is 150"
        ),
        ("CCO", 400, "expected residues within 12.0 Å of the middle of the pocket, found none"),
      ])
    func refuses(smiles: String, x: Double, message: String) async throws {
      let odd = MakeConformers.Subject(name: "odd", smiles: smiles)
      let error = await #expect(throws: (any Error).self) {
        try await make(request(odd, center: SIMD3(x, 1, 2)))
      }
      let found = try #require(error)
      #expect("\(found)".contains(message), "\(found)")
      #expect(Failure(found) == .file)
    }

    @Test("requests out of range are refused, and others come back as they were")
    func requests() throws {
      for (count, steps, x) in [(0, 4, 0.0), (1001, 4, 0), (1, 0, 0), (1, 1001, 0), (1, 4, 1e6)] {
        #expect(throws: GenerateError.self) {
          try request(
            center: SIMD3(x, 0, 0), count: count, sampling: DockingSampling(steps: steps))
        }
      }
      #expect(throws: GenerateError.self) {
        try request(MakeConformers.Subject(name: "a\nb", smiles: "C"))
      }
      let made = try request()
      let again = try JSONDecoder().decode(Dock.Request.self, from: JSONEncoder().encode(made))
      #expect(again == made)
      let middle = try Dock.middle(ofLigandIn: folder.file("docked/THREE.sdf"))
      #expect(abs(middle.x - 40) < 1e-3 && abs(middle.y - 1) < 1e-3)
    }

    @Test("every line of a table has a line of results, with its poses or its reason")
    func batch() throws {
      let table = """
        name,smiles,note
        first,CCO,x
        bad,CC(C,x
        ,OCCc1ccncc1,
        "odd/name",CCN
        empty,,x
        first,CCO,again
        """
      try folder.write(table.utf8, to: "table.csv")
      let lines = try DockBatch.lines(of: folder.file("table.csv"))
      #expect(lines.count == 6)
      let results = try DockBatch(threads: 1)(
        lines, request: { try request($0, count: 2) }, to: folder.file("batch"))
      #expect(
        results.map { $0.error == nil } == [true, false, true, false, false, true])
      #expect(results[1].error?.contains("expected a molecule in SMILES") == true)
      #expect(results[3].error == "expected 3 values, found 2")
      #expect(results[4].error == "expected SMILES, found nothing")
      #expect(results[0].folder == "00002-first" && results[5].folder == "00007-first")
      let written = CSVTable(
        try String(contentsOf: folder.file("batch/results.csv"), encoding: .utf8)
      ).rows.compactMap(\.values)
      #expect(written.map { $0[0] } == ["line", "2", "3", "4", "5", "6", "7"])
      #expect(written[3][1] == "OCCc1ccncc1" && written[3][4] == "2")
      for result in results {
        guard let name = result.folder else { continue }
        let file = folder.file("batch/\(name)/poses.sdf")
        #expect(try SDFile(contentsOf: file).records.count == 2)
      }
      // The same molecule by itself has the same poses.
      let alone = try SDFile(contentsOf: folder.file("batch/00002-first/poses.sdf")).text
      #expect(try SDFile(contentsOf: folder.file("batch/00007-first/poses.sdf")).text == alone)
      for text in ["", "smiles\n", "name,molecule\na,b\n"] {
        try folder.write(text.utf8, to: "odd.csv")
        #expect(throws: GenerateError.self) { try DockBatch.lines(of: folder.file("odd.csv")) }
      }
      #expect(throws: GenerateError.self) { try DockBatch.lines(of: folder.file("none.csv")) }
      #expect(
        "\(DockBatchError.failed(3, of: 6))" == "3 of 6 lines have no poses; results.csv says why")
    }

    @Test("an evaluation measures the model beside chance and another program")
    func evaluates() throws {
      var evaluate = EvaluatePoses(
        model: path("run/model/"), data: path("data"), output: path("page"), molecules: 6)
      evaluate.poses = 2
      evaluate.sampling = DockingSampling(steps: 3)
      let figures = try evaluate()
      // One molecule by the known protein is too few for a group.
      #expect(figures.groups.map(\.molecules) == [5] && figures.failed.isEmpty)
      let methods = figures.groups[0].methods
      // The other program's poses are the known ones.
      let other = try #require(methods["vina"])
      #expect(other.distance.value < 1e-3 && other.first.allSatisfy { $0.value == 1 })
      let (model, random) = (try #require(methods["model"]), try #require(methods["random"]))
      #expect(model.distance.value > 0.1 && random.distance.value > 0.1)
      let gain = model.distance.value - random.distance.value
      #expect(abs(figures.groups[0].gain.value - gain) < 1e-9)
      for (near, far) in zip(model.first, model.nearest) { #expect(near.value <= far.value) }
      let page = try String(contentsOf: folder.file("page/README.md"), encoding: .utf8)
      #expect(page.contains("--data data/data --count 6") && page.contains("AutoDock Vina"))
      try FileManager.default.removeItem(at: folder.file("data/proteins/ONE.pdb"))
      #expect(try evaluate().failed.keys.sorted() == ["ONE/AAE"])
      evaluate.poses = 0
      #expect(throws: EvaluationError.self) { try evaluate() }
      evaluate.poses = 2
      evaluate.data = path("none")
      #expect(throws: PoseDataError.self) { try evaluate() }
    }
  }
}
