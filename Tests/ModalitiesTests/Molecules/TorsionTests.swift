import Foundation
import TestSupport
import Testing
import Torch

@testable import Modalities

@Suite struct TorsionTests {
  private func conformer() throws -> (Molecule, Torsions, Tensor) {
    let molecule = try Molecule(smiles: "CC(C)Cc1ccc(cc1)[C@H](C)C(=O)NCCO").addingHydrogens()
      .embedded(seed: 11)
    return (molecule, molecule.torsions, try #require(try molecule.coordinates))
  }

  @Test("four points have the angle that they were put at", arguments: [-3.0, -1.5, 0, 0.5, 3])
  func angle(value: Double) throws {
    let torsions = try Molecule(smiles: "CCCC").torsions
    #expect(torsions.bonds.count == 1)
    // Seen from the front, where z grows, clockwise is from x to y.
    let x = Tensor([1, 0, -1, 0, 0, 0, 0, 0, 2, cos(value), sin(value), 3], shape: [4, 3])
    #expect(abs(torsions.angles(x).item() - value) < 1e-12)
  }

  @Test("the angles that are set are had, and nothing else changes")
  func setting() throws {
    let (molecule, torsions, x) = try conformer()
    #expect(torsions.bonds.count == 7)
    let wanted = Tensor((0..<7).map { 2.9 * sin(Double($0) * 1.7 + 0.3) })
    let y = torsions.turned(x, to: wanted)
    #expect(distance(torsions.angles(y), wanted) < 1e-9)
    let (before, after) = (x.values(as: Double.self), y.values(as: Double.self))
    func length(_ places: [Double], _ i: Int, _ j: Int) -> Double {
      (0..<3).map { pow(places[3 * i + $0] - places[3 * j + $0], 2) }.reduce(0, +).squareRoot()
    }
    var pairs = molecule.bonds.map { ($0.begin, $0.end) }
    // Atoms with a common neighbour: the bond angles.
    for bond in molecule.bonds {
      for other in molecule.bonds where other != bond {
        if bond.begin == other.begin { pairs.append((bond.end, other.end)) }
        if bond.end == other.begin { pairs.append((bond.begin, other.end)) }
      }
    }
    for (i, j) in pairs { #expect(abs(length(before, i, j) - length(after, i, j)) < 1e-12) }
    let turned = try molecule.placed(at: y)
    let read = try Molecule(molBlock: SDFile([SDRecord(turned)]).text)
    #expect(try read.smiles == molecule.smiles)
  }

  @Test(
    "the order of the bonds changes the conformer by a rigid motion only, and batches are alike")
  func order() throws {
    let (molecule, torsions, x) = try conformer()
    let angles = Tensor((0..<7).map { 0.4 * Double($0) - 1 })
    let y = torsions.turned(x, by: angles)
    let reversed = Torsions(bonds: torsions.bonds.reversed(), atoms: torsions.atoms)
    let z = reversed.turned(x, by: angles.flipped([0]))
    let heavy = try molecule.placed(at: y).removingHydrogens()
    #expect(
      try heavy.distance(to: molecule.placed(at: z).removingHydrogens(), aligned: true) < 1e-5)
    let both = torsions.turned(
      [x, x].stacked(dim: 0), by: [angles, 0 * angles].stacked(dim: 0))
    #expect(distance(both.narrowed(dim: 0, start: 0, length: 1).squeezed(0), y) == 0)
    #expect(distance(both.narrowed(dim: 0, start: 1, length: 1).squeezed(0), x) < 1e-14)
    #expect(torsions.angles(both).shape == [2, 7])
  }

  @Test("the smaller side turns, with its hydrogens")
  func sides() throws {
    let torsions = try Molecule(smiles: "CCc1ccccc1").addingHydrogens().torsions
    #expect(
      torsions.bonds == [
        Torsions.Torsion(atoms: [3, 2, 1, 0], turned: [0, 8, 9, 10, 11, 12])
      ])
  }
}
