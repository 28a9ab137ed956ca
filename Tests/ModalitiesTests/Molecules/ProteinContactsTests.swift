import Foundation
import TestSupport
import Testing
import Torch

@testable import Modalities

@Suite struct ProteinContactsTests {
  /// What PoseBusters says of a pose.
  private struct Row: Decodable {
    let name: String
    let shift: [Double]
    let rmsd: Double
    let near, free: Bool
    let clashes: Int
    /// None if no atoms are within 6 Å.
    let distance, relative: Double?
  }

  @Test("poses lie by their protein, and clash with it, as PoseBusters says")
  func parity() throws {
    let rows = try JSONDecoder().decode(
      [Row].self, from: Data(contentsOf: Golden.file("contacts.json")))
    for (name, rows) in Dictionary(grouping: rows, by: \.name) {
      let protein = try Complexes.protein(name)
      let crystal = try Complexes.ligand(name).molecule.removingHydrogens()
      let pose = try Complexes.pose(name).molecule.removingHydrogens()
      let places = try #require(try pose.places)
      for row in rows {
        let shift = SIMD3(row.shift[0], row.shift[1], row.shift[2])
        let moved = try pose.placed(at: places.map { $0 + shift })
        let found = try ProteinContacts(of: moved, with: protein)
        #expect(found.isNear == row.near && found.isFree == row.free, "\(name) \(row.shift)")
        #expect(found.clashes == row.clashes, "\(name) \(row.shift)")
        // Six digits after the point are kept.
        if let distance = row.distance, let relative = row.relative {
          #expect(abs(found.smallestDistance - distance) < 1e-6)
          #expect(abs(found.smallestRelativeDistance - relative) < 1e-6)
        } else {
          #expect(found.smallestDistance > 6)
        }
        #expect(abs(try moved.distance(to: crystal, aligned: false) - row.rmsd) < 1e-4)
      }
    }
    #expect(rows.contains { $0.free } && rows.contains { !$0.free })
  }

  @Test("a ligand without places, and an element without a radius, are refused")
  func refusals() throws {
    let protein = try Protein(contentsOf: Golden.file("part.pdb"))
    #expect(throws: MoleculeError.noCoordinates(needed: "a ligand by a protein")) {
      try ProteinContacts(of: Molecule(smiles: "CCO"), with: protein)
    }
    let text = try String(contentsOf: Golden.file("part.pdb"), encoding: .utf8)
    let strange = text.replacingOccurrences(of: "          S", with: "          Q")
    let ligand = try Molecule(smiles: "CCO").addingHydrogens().embedded(seed: 1)
    let error = #expect(throws: MoleculeError.self) {
      try ProteinContacts(of: ligand, with: Protein(pdb: strange.utf8))
    }
    #expect(error.map { "\($0)" }?.hasPrefix("the radius of Q: ") == true)
  }
}
