import Foundation
import Modalities
import TestSupport
import Testing

@testable import Inkwell

@Suite("the data set of conformers")
struct ConformerDatasetTests {
  private func build(_ folder: TemporaryFolder, training: Int = 100) -> ConformerDataset {
    ConformerDataset(
      output: folder.file("conformers"), training: training, sources: folder.file("sources"))
  }

  @Test("molecules are there in their true conformers and in matched ones, with their lines")
  func builds() throws {
    let folder = try ConformerFixture.make()
    let summary = try build(folder)()
    #expect(summary.molecules.values.reduce(0, +) == 10 && summary.leftOut == [:])
    let entries = try ConformerEntry.all(in: folder.file("conformers"))
    // Right and left are told by the places, also where the fixture's SMILES does not say.
    func flat(_ smiles: [String]) throws -> Set<String> {
      Set(try smiles.map { try Molecule(smiles: $0).smiles(stereochemistry: false) })
    }
    #expect(
      try flat(entries.map(\.smiles)) == flat(ConformerFixture.molecules.map(\.1)))
    let aspirin = try #require(entries.first { $0.id == "AAA" })
    #expect(aspirin.scaffold == "c1ccccc1" && aspirin.atoms == 13 && aspirin.torsions == 3)
    #expect(aspirin.initialDate == "2001-02-03" && aspirin.entry == "1ABC")
    #expect(aspirin.split == ConformerSplit(scaffold: "c1ccccc1"))
    let source = folder.file("conformers")
    for split in Set(entries.map(\.split)) {
      let own = entries.filter { $0.split == split }
      let truths = try SDFile(contentsOf: source.appending(path: split.file)).records
      #expect(truths.map(\.name) == own.map(\.id) && own.allSatisfy { $0.fileName == split.file })
      guard split != .test else { continue }
      let matches = try SDFile(contentsOf: source.appending(path: split.matchedFile)).records
      #expect(matches.map(\.name) == own.map(\.id))
      for (entry, pair) in zip(own, zip(truths, matches)) {
        let apart = try pair.1.molecule.distance(to: pair.0.molecule, aligned: true)
        #expect(try pair.1.molecule.smiles == entry.smiles)
        // The fixture's true conformers have RDKit's local structure, of another seed.
        #expect(apart < 0.6 && apart <= (entry.matchedDistance ?? 0) + 1e-3)
      }
    }
    let credits = try String(
      contentsOf: folder.file("conformers/LICENSES.md"), encoding: .utf8)
    #expect(credits.contains("CC0-1.0") && credits.contains("Protein Data Bank"))
    #expect(try folder.contents() == ["conformers", "sources"])
  }

  @Test("the same dictionary gives the same bytes, and a number of molecules is kept to")
  func repeats() throws {
    let folder = try ConformerFixture.make()
    _ = try build(folder)()
    let first = try runFiles(folder.file("conformers"))
    _ = try build(folder)()
    #expect(try runFiles(folder.file("conformers")) == first)
    #expect(try build(folder, training: 3)().molecules["train"] == 3)
    #expect(throws: DatasetError.count(what: "molecules to train on", found: 0)) {
      try build(folder, training: 0)()
    }
  }

  @Test("what cannot be used is left out, and why is counted")
  func leavesOut() throws {
    func changed(
      _ id: String, _ smiles: String = "CC(=O)Oc1ccccc1C(=O)O",
      _ change: (inout ChemicalComponents.Component) -> Void
    ) throws -> ChemicalComponents.Component {
      var component = try ConformerFixture.component(id, smiles)
      change(&component)
      return component
    }
    let nowhere = SIMD3<Double>(repeating: .nan)
    let folder = try ConformerFixture.make([
      changed("ZZA") { _ in },
      changed("ZZB", "CCO") { _ in },
      changed("ZZC", "Cc1ccc2ccccc2c1") { _ in },
      changed("ZZD", "CCCCCCCCC(=O)O") { $0.hydrogens += 1 },
      changed("ZZE", "CCCCCCCCC(=O)O") { $0.atoms[0] = $0.atoms[0].with(place: nowhere) },
      changed("ZZF", "CCCCCCCCC(=O)O") { $0.atoms[0] = $0.atoms[0].with(element: "Fe") },
      changed("ZZG", "CCCCCCCCC(=O)O") { $0.bonds[2].order = 4 },
      changed("ZZH", "CCCCCCCC.CCO") { _ in },
      changed("ZZI", "CCCCCCCCC(=O)O") {
        $0.atoms[0] = $0.atoms[0].with(place: SIMD3(50, 50, 50))
      },
      changed("ZZJ") { _ in },
    ])
    let summary = try build(folder)()
    #expect(summary.molecules.values.reduce(0, +) == 1)
    #expect(
      summary.leftOut == [
        "not 8 to 50 atoms": 1, "no bond that turns": 1, "hydrogens that do not add up": 1,
        "places that are not known": 1, "other elements": 1, "no molecule to RDKit": 1,
        "bonds of impossible length": 1, "several parts": 1, "a molecule that was there before": 1,
      ])
  }

  @Test("scaffolds decide the split, about a fortieth is held out twice, and chains are trained on")
  func splits() {
    let draws = (0..<4000).map { ConformerSplit(scaffold: "scaffold \($0)") }
    for split in [ConformerSplit.test, .validation] {
      #expect(abs(Double(draws.count { $0 == split }) - 100) < 40)
    }
    #expect(ConformerSplit(scaffold: "") == .train)
  }

  @Test("a folder without the dictionary, or with another file, is refused")
  func refuses() throws {
    let folder = try ConformerFixture.make()
    try folder.write(
      "no such file".utf8, to: "sources/biotite/biotite/structure/info/components.bcif")
    let error = #expect(throws: BinaryCIFError.self) { try build(folder)() }
    #expect(error.map { "\($0)" }?.contains("components.bcif, byte") == true)
    try FileManager.default.removeItem(at: folder.file("sources/biotite/biotite"))
    #expect(throws: DatasetError.self) { try build(folder)() }
  }

  @Test(
    "pip is asked for the very wheel",
    arguments: [
      ("music21-10.5.1-py3-none-any.whl", []),
      (
        "biotite-1.6.0-cp311-cp311-manylinux_2_24_x86_64.manylinux_2_28_x86_64.whl",
        [
          "--implementation", "cp", "--python-version", "311", "--abi", "cp311", "--platform",
          "manylinux_2_24_x86_64", "--platform", "manylinux_2_28_x86_64",
        ]
      ),
    ])
  func tags(file: String, expected: [String]) {
    #expect(PackageFetcher.tags(of: file) == expected)
  }
}

extension ChemicalComponents.Atom {
  fileprivate func with(
    place: SIMD3<Double>? = nil, element: String? = nil
  ) -> ChemicalComponents.Atom {
    ChemicalComponents.Atom(
      name: name, element: element ?? self.element, charge: charge, place: place ?? self.place)
  }
}
