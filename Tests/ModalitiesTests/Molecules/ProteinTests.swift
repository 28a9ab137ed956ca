import Foundation
import TestSupport
import Testing
import Torch

@testable import Modalities

@Suite struct ProteinTests {
  /// A group of atoms by the reference: chain, number, name, count of atoms.
  private struct Row: Decodable, Equatable {
    let chain: String
    let number: Int
    let name: String
    let atoms: Int

    init(_ residue: Protein.Residue) {
      (chain, number, name) = (residue.chain, residue.number, residue.name)
      atoms = residue.atoms.count
    }

    init(from decoder: any Decoder) throws {
      var values = try decoder.unkeyedContainer()
      chain = try values.decode(String.self)
      number = try values.decode(Int.self)
      name = try values.decode(String.self)
      atoms = try values.decode(Int.self)
    }
  }

  private struct Truth: Decodable {
    let residues, others: [Row]
  }

  @Test(
    "complexes have the residues and the places that Biotite reads",
    arguments: ["1ia1", "1of6", "1s3v", "1uou"])
  func parity(name: String) throws {
    let protein = try Complexes.protein(name)
    let truth = try #require(
      JSONDecoder().decode(
        [String: Truth].self, from: Data(contentsOf: Golden.file("proteins.json")))[name])
    #expect(protein.residues.map { Row($0) } == truth.residues)
    #expect(protein.others.map { Row($0) } == truth.others)
    let places = try protein.residues.map { try #require($0.alphaCarbon) }
    let found = Tensor(
      places.flatMap { [Float($0.x), Float($0.y), Float($0.z)] }, shape: [places.count, 3])
    #expect(distance(found, try Golden("proteins.safetensors")[name]) == 0)
  }

  @Test("the ligand of a complex lies in its pocket, and the box around it holds it")
  func pockets() throws {
    let protein = try Complexes.protein("1uou")
    let ligand = try #require(try Complexes.ligand("1uou").molecule.places)
    let pocket = protein.pocket(around: ligand, within: 5)
    #expect((5..<40).contains(pocket.count))
    func nearest(_ residue: Protein.Residue) -> Double {
      residue.atoms.filter { !$0.isHydrogen }.flatMap { atom in
        ligand.map { dot($0 - atom.place, $0 - atom.place).squareRoot() }
      }.min() ?? .infinity
    }
    let near = protein.residues.filter { nearest($0) <= 5 }
    #expect(pocket == near)
    #expect(protein.pocket(around: [], within: 5).isEmpty)
    let box = PocketBox(around: ligand, margin: 4)
    #expect(ligand.allSatisfy { box.contains($0) })
    #expect(!box.contains(box.center + SIMD3(box.size.x / 2 + 0.01, 0, 0)))
    #expect(box.contains(box.center - box.size / 2))
  }

  @Test("mmCIF and PDB of the same atoms are the same protein, of the first model")
  func formats() throws {
    let pdb = try Protein(contentsOf: Golden.file("part.pdb"))
    let cif = try Protein(contentsOf: Golden.file("part.cif"))
    #expect(pdb == cif)
    #expect(pdb.residues.map(\.name) == ["MET", "LEU", "LYS", "PRO"])
    #expect(pdb.residues.map(\.insertion) == ["", "", "B", ""])
    #expect(pdb.others.map(\.name) == ["TQ3"])
    let first = pdb.residues[0]
    #expect(first.backbone.map(\.name) == ["N", "CA", "C", "O"])
    #expect(first.sideChain.map(\.name) == ["CB", "CG", "SD", "CE"])
    #expect(first["SD"]?.element == "S")
    #expect(first.alphaCarbon == SIMD3(33.519, 15.548, 16.695))
  }

  /// A residue's atoms in PDB's columns.
  private func residue(
    _ name: String, _ number: Int, at x: Double, record: String = "ATOM  ",
    alternative: Character = " ", occupancy: Double = 1
  ) -> String {
    ["N", "CA", "C"].enumerated().map { index, atom in
      let place = String(format: "%8.3f%8.3f%8.3f%6.2f", x + Double(index), 0.0, 0.0, occupancy)
      let label = (" " + atom).padding(toLength: 4, withPad: " ", startingAt: 0)
      return "\(record)    1 \(label)\(alternative)\(name) A"
        + String(format: "%4d    ", number) + place + "  0.00           \(atom.prefix(1))\n"
    }.joined()
  }

  @Test("a heterogen is of a chain where a peptide bond holds it, and else by itself")
  func heterogens() throws {
    // The C of one residue is at x + 2, the N of the next 1.3 Å further.
    let text =
      residue("ALA", 1, at: 0) + residue("MSE", 2, at: 3.3, record: "HETATM")
      + residue("GLY", 3, at: 6.6) + residue("DTY", 4, at: 30, record: "HETATM")
    let protein = try Protein(pdb: text.utf8)
    #expect(protein.residues.map(\.name) == ["ALA", "MSE", "GLY"])
    #expect(protein.others.map(\.name) == ["DTY"])
    let ends =
      residue("MSE", 1, at: 0, record: "HETATM") + residue("MSE", 2, at: 3.3, record: "HETATM")
      + residue("GLY", 3, at: 6.6)
    #expect(try Protein(pdb: ends.utf8).residues.count == 3)
  }

  @Test("of alternatives the one of the highest occupancy is kept, and lines may end as on Windows")
  func alternatives() throws {
    let text =
      residue("SER", 1, at: 0, alternative: "A", occupancy: 0.4)
      + residue("THR", 1, at: 5, alternative: "B", occupancy: 0.6)
      + residue("GLY", 2, at: 9, alternative: "A", occupancy: 0.5)
      + residue("GLY", 2, at: 10, alternative: "B", occupancy: 0.5)
    let protein = try Protein(pdb: text.replacingOccurrences(of: "\n", with: "\r\n").utf8)
    #expect(protein.residues.map(\.name) == ["THR", "GLY"])
    #expect(protein.residues[0].alphaCarbon?.x == 6)
    #expect(protein.residues[1].alphaCarbon?.x == 10)
  }

  @Test("an element that is not told is read from the name's columns")
  func elements() throws {
    let start = "HETATM    1 "
    let end = " LIG A   9       0.000   0.000   0.000  1.00"
    let names = ["CA  ", " CB ", "HG11", " H1 ", "1HB ", "FE  ", "BR1 "]
    let text = residue("GLY", 1, at: 0) + names.map { start + $0 + end + "\n" }.joined()
    let found = try #require(try Protein(pdb: text.utf8).others.first)
    #expect(found.atoms.map(\.element) == ["CA", "C", "H", "H", "H", "FE", "BR"])
  }
}
