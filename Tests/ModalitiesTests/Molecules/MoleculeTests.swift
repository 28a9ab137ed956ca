import Foundation
import TestSupport
import Testing
import Torch

@testable import Modalities

@Suite struct MoleculeTests {
  private let aspirin = "CC(=O)Oc1ccccc1C(=O)O"

  @Test("aspirin is what its name says")
  func known() throws {
    let molecule = try Molecule(smiles: aspirin)
    #expect(try molecule.formula == "C9H8O4")
    #expect(molecule.atoms.count == 13 && molecule.bonds.count == 13)
    #expect(molecule.atoms.map(\.hydrogens).reduce(0, +) == 8)
    #expect(molecule.atoms.filter(\.isAromatic).count == 6)
    #expect(molecule.bonds.filter(\.isAromatic).allSatisfy { $0.order == 1.5 && $0.isInRing })
    #expect(molecule.atoms.filter(\.isInRing).allSatisfy { $0.ringSizes == [6] })
    #expect(molecule.atoms[0].hybridization == .sp3 && molecule.atoms[1].hybridization == .sp2)
    #expect(try molecule.atoms[2].symbol == "O")
    #expect(try molecule.scaffold.smiles == "c1ccccc1")
    #expect(molecule.torsions.bonds.count == 3)
    #expect(!molecule.hasCoordinates)
    #expect(try molecule.addingHydrogens().atoms.count == 21)
    #expect(try molecule.addingHydrogens().removingHydrogens().smiles == molecule.smiles)
    let ion = try Molecule(smiles: "[13CH3][N+](C)(C)C.[Cl-]")
    #expect(ion.atoms.map(\.charge) == [0, 1, 0, 0, 0, -1])
    #expect(ion.atoms[0].isotope == 13)
  }

  @Test("a molecule without rings has an empty scaffold")
  func noScaffold() throws {
    #expect(try Molecule(smiles: "CCO").scaffold.atoms.isEmpty)
  }

  @Test(
    "the canonical SMILES does not depend on the order of the atoms",
    arguments: [
      "CC(=O)Oc1ccccc1C(=O)O", "C[C@H](N)C(=O)O", "C/C=C\\C(F)(Cl)Br", "C1CC2CCC1C2",
      "CN1C=NC2=C1C(=O)N(C)C(=O)N2C",
    ])
  func canonical(smiles: String) throws {
    let molecule = try Molecule(smiles: smiles)
    var state: UInt32 = 7
    for _ in 0..<20 {
      var order = Array(molecule.atoms.indices)
      for index in order.indices.reversed() {
        state = state &* 1_664_525 &+ 1_013_904_223
        order.swapAt(index, Int(state >> 8) % (index + 1))
      }
      #expect(try molecule.reordered(order).smiles == molecule.smiles, "\(order)")
    }
    #expect(throws: MoleculeError.self) {
      try molecule.reordered([Int](repeating: 0, count: molecule.atoms.count))
    }
  }

  @Test("right and left stay so through SMILES, three dimensions and a file")
  func chirality() throws {
    for (smiles, label) in [
      ("C[C@H](N)C(=O)O", Molecule.Atom.Chirality.s), ("C[C@@H](N)C(=O)O", .r),
    ] {
      let molecule = try Molecule(smiles: smiles)
      #expect(molecule.atoms[1].chirality == label)
      let placed = try molecule.addingHydrogens().embedded(seed: 3)
      let read = try SDFile(text: SDFile([SDRecord(placed)]).text).records[0].molecule
      #expect(read.atoms[1].chirality == label)
      #expect(try read.removingHydrogens().smiles == molecule.smiles)
    }
    #expect(try Molecule(smiles: "C/C=C\\C").bonds[1].side == .together)
    #expect(try Molecule(smiles: "C/C=C/C").bonds[1].side == .opposite)
    #expect(try Molecule(smiles: "C[C@H](N)C(=O)O").smiles(stereochemistry: false) == "CC(N)C(=O)O")
  }

  @Test("a seed gives the same places, another seed others; a force field lowers the energy")
  func embedding() throws {
    let molecule = try Molecule(smiles: aspirin).addingHydrogens()
    let first = try #require(try molecule.embedded(seed: 5).coordinates)
    let again = try #require(try molecule.embedded(seed: 5).coordinates)
    let other = try #require(try molecule.embedded(seed: 6).coordinates)
    #expect(first.shape == [21, 3] && first.dtype == .float64)
    #expect(distance(first, again) == 0)
    #expect(distance(first, other) > 0.1)
    let relaxed = try molecule.placed(at: first).relaxed()
    #expect(relaxed.hasConverged)
    #expect(try relaxed.molecule.relaxed().energy <= relaxed.energy + 1e-3)
    #expect(try molecule.placed(at: nil).coordinates == nil)
    let moved = try molecule.placed(at: first + 1)
    #expect(distance(try #require(try moved.coordinates), first + 1) == 0)
  }

  @Test("a distance of conformers knows symmetries and motions")
  func distances() throws {
    let molecule = try Molecule(smiles: "CC(C)(C)c1ccc(F)cc1").addingHydrogens().embedded(seed: 1)
      .removingHydrogens()
    let turned = try molecule.reordered(Array(molecule.atoms.indices.reversed()))
    #expect(try molecule.distance(to: turned, aligned: false) < 1e-9)
    let x = try #require(try molecule.coordinates)
    let shifted = try molecule.placed(at: x + 2)
    #expect(abs(try molecule.distance(to: shifted, aligned: false) - 12.0.squareRoot()) < 1e-9)
    #expect(try molecule.distance(to: shifted, aligned: true) < 1e-6)
    let bare = try Molecule(smiles: "CC")
    #expect(throws: MoleculeError.noCoordinates(needed: "a distance of conformers")) {
      try bare.distance(to: molecule, aligned: true)
    }
    let ethane = try bare.embedded(seed: 1)
    #expect(throws: MoleculeError.comparison(reason: "2 atoms and 11")) {
      try ethane.distance(to: molecule, aligned: true)
    }
    let methanol = try Molecule(smiles: "CO").embedded(seed: 1)
    #expect(throws: MoleculeError.self) { try ethane.distance(to: methanol, aligned: true) }
  }
}
