import Foundation
import TestSupport
import Testing
import Torch

@testable import Modalities

@Suite struct TorsionMatchingTests {
  private func conformer(
    _ smiles: String = "CC(C)Cc1ccc(cc1)[C@H](C)C(=O)NCCO", seed: UInt32 = 11
  ) throws -> (Molecule, Torsions, Places) {
    let molecule = try Molecule(smiles: smiles).addingHydrogens().embedded(seed: seed)
      .removingHydrogens()
    return (molecule, molecule.torsions, try #require(try molecule.places))
  }

  @Test("places on the host turn as tensors do, and have the same angles")
  func turning() throws {
    let (molecule, torsions, x) = try conformer()
    let angles = (0..<7).map { 0.9 * Double($0) - 2 }
    let turned = torsions.turned(x, by: angles)
    let expected = torsions.turned(
      try #require(try molecule.coordinates), by: Tensor(angles))
    let found = try #require(try molecule.placed(at: turned).coordinates)
    #expect(distance(found, expected) < 1e-12)
    #expect(distance(Tensor(torsions.angles(turned)), torsions.angles(expected)) < 1e-12)
  }

  @Test("a conformer that was turned and moved is found again")
  func findsItsOwn() throws {
    let (_, torsions, x) = try conformer()
    let turned = torsions.turned(x, by: (0..<7).map { 2.5 * sin(Double($0) + 1) })
    let axis = SIMD3(1.0, 2, -1) / 6.0.squareRoot()
    let moved = turned.map { Turn(about: axis, by: 2.3)($0) + SIMD3(3, -4, 5) }
    let match = torsions.matched(x, to: moved)
    #expect(match.distance < 1e-6)
    #expect(zip(match.places, moved).allSatisfy { dot($0 - $1, $0 - $1) < 1e-10 })
  }

  @Test("a match of another local structure keeps that, and no turn of a bond brings it nearer")
  func leastDistance() throws {
    let (molecule, torsions, x) = try conformer()
    let (_, _, other) = try conformer(seed: 77)
    let match = torsions.matched(x, to: other)
    let truth = try molecule.placed(at: other)
    func apart(_ places: Places) throws -> Double {
      try molecule.placed(at: places).distance(to: truth, aligned: true)
    }
    let nearest = try apart(match.places)
    // Symmetries can only bring it nearer.
    #expect(nearest <= match.distance + 1e-4 && match.distance < 0.6)
    #expect(try apart(x) > nearest)
    for bond in torsions.bonds.indices {
      for step in [-0.05, 0.05] {
        var turns = [Double](repeating: 0, count: torsions.bonds.count)
        turns[bond] = step
        #expect(try apart(torsions.turned(match.places, by: turns)) > nearest - 1e-4)
      }
    }
    for bond in molecule.bonds {
      let lengths = [x, match.places].map { places in
        let difference = places[bond.begin] - places[bond.end]
        return dot(difference, difference).squareRoot()
      }
      #expect(abs(lengths[0] - lengths[1]) < 1e-9)
    }
  }

  @Test("a molecule of several parts is told, and places of another count are refused")
  func parts() throws {
    #expect(try Molecule(smiles: "CCO").isConnected)
    #expect(try !Molecule(smiles: "CCO.O").isConnected)
    #expect(throws: MoleculeError.coordinates(expected: "9 numbers", found: "3")) {
      try Molecule(smiles: "CCO").placed(at: [SIMD3(0.0, 0, 0)])
    }
  }
}
