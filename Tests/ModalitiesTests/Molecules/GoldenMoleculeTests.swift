import Foundation
import TestSupport
import Testing

@testable import Modalities

/// Beside RDKit's Python interface, of the same version; see `molecules.py`.
@Suite struct GoldenMoleculeTests {
  private struct Fixture: Decodable {
    struct Facts: Decodable {
      let smiles, canonical, formula, scaffold: String
      let atoms, aromatic, hydrogens, rotatable, turning: Int
    }
    struct Poses: Decodable {
      let smiles, first, second: String
      let inPlace, aligned: Double
    }
    let molecules: [Facts]
    let poses: [Poses]

    static func read() throws -> Fixture {
      try JSONDecoder().decode(
        Fixture.self, from: Data(contentsOf: Golden.file("molecules.json")))
    }
  }

  @Test("two hundred molecules are as RDKit has them")
  func facts() throws {
    let all = try Fixture.read().molecules
    #expect(all.count == 200)
    for known in all {
      let molecule = try Molecule(smiles: known.smiles)
      #expect(try molecule.smiles == known.canonical)
      #expect(try molecule.formula == known.formula)
      #expect(try molecule.scaffold.smiles == known.scaffold)
      #expect(molecule.atoms.count == known.atoms)
      #expect(molecule.atoms.filter(\.isAromatic).count == known.aromatic)
      #expect(molecule.atoms.map(\.hydrogens).reduce(0, +) == known.hydrogens)
      #expect(try molecule.rotatableBondCount == known.rotatable)
      #expect(molecule.bonds.filter(\.isRotatable).count == known.turning, "\(known.smiles)")
    }
  }

  @Test("distances of poses, whose atoms have another order, are RDKit's")
  func distances() throws {
    let all = try Fixture.read().poses
    #expect(all.count == 10)
    for known in all {
      let (first, second) = try (
        Molecule(molBlock: known.first), Molecule(molBlock: known.second)
      )
      // The text has sixteen digits.
      #expect(abs(try first.distance(to: second, aligned: false) - known.inPlace) < 1e-12)
      #expect(abs(try first.distance(to: second, aligned: true) - known.aligned) < 1e-12)
    }
  }
}
