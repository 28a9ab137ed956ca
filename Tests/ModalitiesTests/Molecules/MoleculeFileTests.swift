import Files
import Foundation
import TestSupport
import Testing
import Torch

@testable import Modalities

@Suite struct MoleculeFileTests {
  private func alanine() throws -> Molecule {
    try Molecule(smiles: "C[C@H](N)C(=O)O").addingHydrogens().embedded(seed: 2)
  }

  @Test("poses, names and the record of how they were made come back")
  func roundTrip() throws {
    let folder = try TemporaryFolder()
    let molecule = try alanine()
    let x = try #require(try molecule.coordinates)
    let record = #"{"prompt": "größer & <bold>", "seed": 7}"#
    let file = SDFile([
      SDRecord(molecule, name: "pose 1", properties: [(SDRecord.requestProperty, record)]),
      SDRecord(
        try molecule.placed(at: x + 3.5), name: "pose 2",
        properties: [("empty", ""), ("lines", "one\n> <two>\nthree")]),
    ])
    let url = folder.file("poses.sdf")
    try file.save(to: url)
    let read = try SDFile(contentsOf: url)
    #expect(read.records.map(\.name) == ["pose 1", "pose 2"])
    #expect(read.records[0][SDRecord.requestProperty] == record)
    #expect(read.records[1].properties.map(\.name) == ["empty", "lines"])
    #expect(read.records[1]["lines"] == "one\n> <two>\nthree")
    #expect(read.records[1]["empty"] == "")
    #expect(try read.records[0].molecule.smiles == molecule.smiles)
    // The format has four decimals.
    #expect(distance(try #require(try read.records[1].molecule.coordinates), x + 3.5) <= 5.1e-5)
    let bare = try SDFile(contentsOf: url, keepingHydrogens: false)
    #expect(bare.records[0].molecule.atoms.count == 6)
  }

  @Test("what an SD file cannot hold is refused")
  func unwritable() throws {
    let molecule = try Molecule(smiles: "CC")
    for record in [
      SDRecord(molecule, name: "a\nb"), SDRecord(molecule, name: "$$$$"),
      SDRecord(molecule, properties: [("a>b", "")]), SDRecord(molecule, properties: [("", "")]),
      SDRecord(molecule, properties: [("a", "b\n\nc")]),
      SDRecord(molecule, properties: [("a", "$$$$")]),
    ] {
      #expect(throws: MoleculeError.self) { try SDFile([record]).text }
    }
  }

  @Test("models of a trajectory are read one by one")
  func trajectory() throws {
    let molecule = try alanine()
    let x = try #require(try molecule.coordinates)
    let text = try PDBTrajectory(molecule, frames: [x, x + 1, x + 2]).text
    #expect(text.components(separatedBy: "\nENDMDL").count == 4)
    #expect(text.hasPrefix("MODEL        1\nHETATM") && text.hasSuffix("END\n"))
    let models = text.components(separatedBy: "ENDMDL\n")
    let bonds = models[3]
    for index in 0..<3 {
      let lines = models[index].split(separator: "\n").dropFirst()
      let read = try Molecule(pdb: lines.joined(separator: "\n") + "\n" + bonds)
      #expect(distance(try #require(try read.coordinates), x + Double(index)) <= 5.1e-4)
      #expect(try read.formula == molecule.formula)
    }
    #expect(throws: MoleculeError.self) { try PDBTrajectory(molecule, frames: []).text }
    #expect(throws: MoleculeError.self) { try PDBTrajectory(molecule, frames: [x + 9999]).text }
  }

  @Test("MOL2 is read, with its bond orders")
  func mol2() throws {
    let text = """
      @<TRIPOS>MOLECULE
      acetonitrile
       6 5 0 0 0
      SMALL
      NO_CHARGES

      @<TRIPOS>ATOM
       1 C1 0.0 0.0 0.0 C.3
       2 C2 1.46 0.0 0.0 C.1
       3 N1 2.62 0.0 0.0 N.1
       4 H1 -0.36 1.03 0.0 H
       5 H2 -0.36 -0.52 0.89 H
       6 H3 -0.36 -0.52 -0.89 H
      @<TRIPOS>BOND
       1 1 2 1
       2 2 3 3
       3 1 4 1
       4 1 5 1
       5 1 6 1

      """
    let molecule = try Molecule(mol2: text, keepingHydrogens: false)
    #expect(try molecule.smiles == "CC#N")
    #expect(try #require(try molecule.coordinates).values(as: Double.self)[6] == 2.62)
  }
}
