import Foundation
import TestSupport
import Testing

@testable import Modalities

@Suite struct StericScoreTests {
  @Test("a pair of atoms has the value of the paper's formula, and none beyond 8 Å")
  func pair() throws {
    // gauss1, gauss2 and the repulsion at -0.5, 0 and 3 Å.
    let at = [
      (-0.5, -0.0356 * exp(-1) - 0.00516 * exp(-3.0625) + 0.84 * 0.25),
      (0.0, -0.0356 - 0.00516 * exp(-2.25)), (3.0, -0.0356 * exp(-36) - 0.00516),
    ]
    for (distance, value) in at { #expect(abs(StericScore.term(distance) - value) < 1e-12) }
    let score = StericScore(try protein([SIMD3(0, 0, 0)]))
    let methane = try Molecule(smiles: "C").addingHydrogens().embedded(seed: 1).removingHydrogens()
    func value(_ x: Double) throws -> Double {
      try score(methane.placed(at: [SIMD3(x, 0, 0)]))
    }
    // Two carbons of 1.9 Å, and N and C of the residue farther along y, out of reach.
    for (distance, expected) in at {
      #expect(abs(try value(distance + 3.8) - expected) < 1e-9, "\(distance)")
    }
    #expect(try value(7.999) < 0 && value(8.001) == 0)
    // Cells of the grid on both sides of 0.
    #expect(abs(try value(-3.8) - at[1].1) < 1e-9)
  }

  @Test("overlapping a protein is worse than touching it, and that better than being away")
  func order() throws {
    let score = StericScore(try protein([SIMD3(0, 0, 0), SIMD3(4, 0, 0), SIMD3(0, 0, 4)]))
    let ligand = try Molecule(smiles: "c1ccccc1").addingHydrogens().embedded(seed: 1)
    let places = try #require(try ligand.places)
    func value(_ y: Double) throws -> Double {
      try score(ligand.placed(at: places.map { $0 + SIMD3(2, y, 2) }))
    }
    #expect(try value(4) < value(50) && value(50) < value(0))
    #expect(throws: MoleculeError.noCoordinates(needed: "a ligand by a protein")) {
      try score(Molecule(smiles: "CCO"))
    }
  }

  /// Residues with the alpha carbons at some places, the rest of each 60 Å away.
  private func protein(_ places: [SIMD3<Double>]) throws -> Protein {
    var text = ""
    for (number, place) in places.enumerated() {
      let far = SIMD3(place.x, place.y + 60, place.z)
      for (name, place) in [("N ", far), ("CA", place), ("C ", far)] {
        text += String(
          format: "ATOM  %5d  %@  ALA A%4d    %8.3f%8.3f%8.3f  1.00  0.00          %@\n",
          number + 1, name as NSString, number + 1, place.x, place.y, place.z,
          " \(name.prefix(1))" as NSString)
      }
    }
    return try Protein(pdb: text.utf8)
  }
}

@Suite struct TrajectoryNoteTests {
  @Test("a note of any length comes back from the remarks, with its spaces")
  func roundTrip() throws {
    let folder = try TemporaryFolder()
    let molecule = try Molecule(smiles: "CO").addingHydrogens().embedded(seed: 1)
    let frame = try #require(try molecule.coordinates)
    for note in ["short", String(repeating: "words and more ", count: 40), "| bars |  "] {
      let file = folder.file("way.pdb")
      try PDBTrajectory(molecule, frames: [frame, frame], note: note).save(to: file)
      #expect(try PDBTrajectory.note(ofFile: file) == note)
      let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
      #expect(lines.allSatisfy { $0.utf8.count <= 80 })
      #expect(lines.filter { $0.hasPrefix("MODEL") }.count == 2)
    }
    try PDBTrajectory(molecule, frames: [frame]).save(to: folder.file("bare.pdb"))
    #expect(try PDBTrajectory.note(ofFile: folder.file("bare.pdb")) == nil)
    #expect(throws: MoleculeError.self) {
      try PDBTrajectory(molecule, frames: [frame], note: "two\nlines").text
    }
  }
}
