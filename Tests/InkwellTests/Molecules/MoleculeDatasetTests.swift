import Foundation
import Modalities
import TestSupport
import Testing

@testable import Inkwell

@Suite struct MoleculeDatasetTests {
  @Test("the splits are MOSES' own, and each molecule to train on has RDKit's properties")
  func builds() throws {
    let folder = try MoleculeFixture.make()
    let summary = try MoleculeFixture.dataset(folder)()
    let count = MoleculeFixture.molecules.count
    #expect(summary.molecules == ["train": count, "test": count, "test_scaffolds": count])
    #expect(summary.training == count)
    let entries = try MoleculeEntry.all(in: folder.file("data"))
    #expect(entries.count == count)
    for (entry, text) in zip(entries, MoleculeFixture.molecules) {
      let molecule = try Molecule(smiles: text)
      #expect(try entry == MoleculeEntry(molecule))
      #expect(try abs(entry.properties.weight - molecule.properties.weight) < 1e-4)
    }
    let rewritten = zip(entries, MoleculeFixture.molecules).count { $0.smiles != $1 }
    #expect(summary.rewritten == rewritten && rewritten > 0)
    #expect(
      try MosesSplit.test.molecules(of: folder.file("data"))
        == MoleculeFixture.molecules.map { "C\($0)" })
    let credits = try String(contentsOf: folder.file("data/LICENSES.md"), encoding: .utf8)
    #expect(credits.contains("MIT") && credits.contains("Insilico"))
    #expect(try folder.contents() == ["data", "sources"])
  }

  @Test("the same package gives the same bytes, and a number of molecules is spread over all")
  func repeats() throws {
    let folder = try MoleculeFixture.make()
    _ = try MoleculeFixture.dataset(folder)()
    let first = try runFiles(folder.file("data"))
    _ = try MoleculeFixture.dataset(folder)()
    #expect(try runFiles(folder.file("data")) == first)
    #expect(try MoleculeFixture.dataset(folder, training: 4)().training == 4)
    let some = try MoleculeEntry.all(in: folder.file("data")).map(\.smiles)
    #expect(
      try some == [0, 8, 16, 24].map { try Molecule(smiles: MoleculeFixture.molecules[$0]).smiles })
  }

  @Test("what is missing, malformed or out of range is told")
  func refuses() throws {
    let folder = try MoleculeFixture.make()
    #expect(
      throws: DatasetError.range(what: "molecules to train on", most: 2_000_000, found: 0)
    ) { try MoleculeFixture.dataset(folder, training: 0)() }
    let source = folder.file("sources/molsets/moses/dataset/data/test.csv.gz")
    try FileManager.default.removeItem(at: source)
    #expect(throws: DatasetError.self) { try MoleculeFixture.dataset(folder)() }
    try folder.write("no gzip".utf8, to: "sources/molsets/moses/dataset/data/test.csv.gz")
    #expect(throws: DatasetError.self) { try MoleculeFixture.dataset(folder)() }
    #expect(
      throws: MoleculeDataError.missing(
        file: folder.file("none/train.csv").path(percentEncoded: false))
    ) { try MoleculeEntry.all(in: folder.file("none")) }
    let file = folder.file("bad/train.csv").path(percentEncoded: false)
    for (text, line) in [
      ("smiles\nC\n", 1), ("smiles,logp,tpsa,weight,sp3\n", 1),
      ("smiles,logp,tpsa,weight,sp3\nC,1,2,3,0.5\nC,1,2,3\n", 3),
      ("smiles,logp,tpsa,weight,sp3\nC,1,2,nan,0\n", 2),
      ("smiles,logp,tpsa,weight,sp3\n,1,2,3,0\n", 2),
    ] {
      try folder.write(text.utf8, to: "bad/train.csv")
      let error = #expect(throws: MoleculeDataError.self) {
        try MoleculeEntry.all(in: folder.file("bad"))
      }
      guard case .line(file, line, _)? = error else {
        Issue.record("\(String(describing: error))")
        continue
      }
    }
  }
}
