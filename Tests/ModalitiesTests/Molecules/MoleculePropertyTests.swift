import Foundation
import Testing

@testable import Modalities

@Suite struct MoleculePropertyTests {
  private struct Facts: Decodable {
    let smiles: String
    let logp, tpsa, weight, sp3: Double
    let bits: [Int]
  }

  private static let golden = Result {
    let file = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "properties.json")
    return try JSONDecoder().decode([Facts].self, from: Data(contentsOf: file))
  }

  @Test("properties and fingerprints are those of RDKit's own Python")
  func golden() throws {
    let facts = try Self.golden.get()
    #expect(facts.count == 50)
    for fact in facts {
      let molecule = try Molecule(smiles: fact.smiles)
      let found = try molecule.properties
      for (found, expected) in [
        (found.logp, fact.logp), (found.tpsa, fact.tpsa), (found.weight, fact.weight),
        (found.sp3, fact.sp3),
      ] { #expect(abs(found - expected) < 1e-9, "\(fact.smiles)") }
      let bits = try molecule.fingerprint(radius: 2, bits: 256)
      #expect(bits.indices.filter { bits[$0] == 1 } == fact.bits, "\(fact.smiles)")
    }
  }

  @Test("hydrogens that are atoms change nothing but their number")
  func hydrogens() throws {
    let ethanol = try Molecule(smiles: "CCO")
    let (bare, whole) = (try ethanol.properties, try ethanol.addingHydrogens().properties)
    #expect(abs(bare.logp - whole.logp) < 1e-9 && abs(bare.weight - whole.weight) < 1e-9)
    #expect(abs(bare.weight - 46.069) < 1e-2 && bare.sp3 == 1 && abs(bare.tpsa - 20.23) < 1e-9)
  }
}
