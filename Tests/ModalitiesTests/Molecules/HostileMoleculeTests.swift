import Foundation
import TestSupport
import Testing
import Torch

@testable import Modalities

@Suite struct HostileMoleculeTests {
  private func reason(_ smiles: String) -> String {
    do {
      return try "no error: \(Molecule(smiles: smiles).smiles)"
    } catch {
      return error.description
    }
  }

  @Test("each SMILES that is none has its reason")
  func smiles() {
    for (smiles, part) in [
      ("", "no atoms"), ("CC(=O", "extra open parentheses"), ("C1CC", "unclosed ring"),
      ("Cx", "syntax error"), ("CCO ethanol", "syntax error"), ("C\0C", "byte at 1 is 0"),
      ("C(C)(C)(C)(C)C", "Explicit valence for atom # 0 C, 5"), ("c1cccc1", "kekulize"),
      (String(repeating: "C", count: 1001), "1001 atoms, the limit is 1000"),
      (String(repeating: "C", count: 1 << 21), "2097152 bytes, the limit is 1048576"),
      (String(repeating: "C(", count: 20000), "SMILES"),
      ("C" + String(repeating: ".C", count: 3000), "3001 atoms"),
      (
        (10..<99).map { "C%\($0)" }.joined() + (10..<99).map { "C%\($0)" }.joined() + "€",
        "is no ASCII"
      ),
    ] {
      #expect(reason(smiles).contains(part), "\(smiles.prefix(20)): \(reason(smiles))")
    }
    #expect(
      reason("C(C)(C)(C)(C)C").hasPrefix("SMILES C(C)(C)(C)(C)C: expected a molecule that can"))
  }

  @Test("thousands of ring closures are refused")
  func rings() {
    let row = (10..<99).map { "C%\($0)" }.joined()
    let middle = (10..<99).map { "C%\($0)%\($0)" }.joined()
    #expect(reason(row + middle + middle + row).contains("267 rings, the limit is 200"))
    #expect(reason(String(repeating: "C%10CCC%10", count: 250)).contains("250 rings"))
  }

  private let block = """

       Inkwell          3D

      2  1  0  0  0  0  0  0  0  0999 V2000
        0.0000    0.0000    0.0000 C   0  0  0  0  0  0  0  0  0  0  0  0
        1.5000    0.0000    0.0000 C   0  0  0  0  0  0  0  0  0  0  0  0
      1  2  1  0
    M  END
    """
    .replacingOccurrences(of: "\n    ", with: "\n").replacingOccurrences(of: "\n  M ", with: "\nM ")

  @Test("a MOL block that is cut off anywhere, or counts wrongly, is refused")
  func blocks() throws {
    let whole = try SDFile([SDRecord(Molecule(smiles: "CCO").addingHydrogens().embedded(seed: 1))])
      .text
    let end = try #require(whole.range(of: "M  END"))
    for length in stride(
      from: 0, to: whole.distance(from: whole.startIndex, to: end.upperBound), by: 7)
    {
      #expect(throws: MoleculeError.self, "\(length)") {
        try Molecule(molBlock: String(whole.prefix(length)))
      }
    }
    for (old, new) in [
      ("  9  8", "  8  8"), ("  9  8", " 10  8"), ("  9  8", "  9  9"), ("  9  8", "  9  7"),
      ("  9  8", " -9  8"), ("  1  2  1", "  1 99  1"), ("  1  2  1", "  1  1  1"),
      ("V2000", "V9000"), ("V2000", "V3000"), (" C ", " Qq"),
    ] {
      let changed = whole.replacingOccurrences(
        of: old, with: new, range: whole.range(of: old))
      #expect(changed != whole)
      #expect(throws: MoleculeError.self, "\(old) \(new)") { try SDFile(text: changed) }
    }
    let stated = "\n\n\n  0  0  0     0  0            999 V3000\nM  V30 BEGIN CTAB\n"
    for counts in ["COUNTS 100000000 0 0 0 0", "COUNTS -\nM  V30 100000000 0 0 0 0"] {
      #expect(
        throws: MoleculeError.tooLarge(
          source: "a MOL block", reason: "more atoms than the limit, 1000")
      ) { try Molecule(molBlock: stated + "M  V30 \(counts)\nM  END\n") }
    }
    #expect(
      throws: MoleculeError.tooLarge(
        source: "a MOL2 block", reason: "more atoms than the limit, 1000")
    ) { try Molecule(mol2: "@<TRIPOS>MOLECULE\nx\n 1000000000 0\n") }
  }

  @Test("other bytes are no molecule in any format")
  func binary() {
    var state: UInt32 = 3
    for length in [0, 1, 100, 5000] {
      let bytes = (0..<length).map { _ -> UInt8 in
        state = state &* 1_664_525 &+ 1_013_904_223
        return UInt8(state >> 24)
      }
      let text = String(decoding: bytes, as: UTF8.self)
      #expect(throws: MoleculeError.self) { try Molecule(smiles: text) }
      #expect(throws: MoleculeError.self) { try Molecule(molBlock: text + "\nM  END\n") }
      #expect(throws: MoleculeError.self) { try Molecule(mol2: text) }
      #expect(throws: MoleculeError.self) { try Molecule(pdb: text) }
      #expect(throws: MoleculeError.self) { try SDFile(text: text) }
    }
  }

  @Test("a damaged record is told by its number")
  func records() throws {
    let good = try SDFile([SDRecord(Molecule(smiles: "CC"))]).text
    #expect(try SDFile(text: good + good).records.count == 2)
    #expect(
      throws: MoleculeError.record(
        source: "an SD file", number: 2, expected: "the mark $$$$ at its end",
        found: "the end of the file")
    ) { try SDFile(text: good + good.dropLast(5)) }
    let odd = good.replacingOccurrences(of: "$$$$", with: "what\n$$$$")
    #expect(
      throws: MoleculeError.record(
        source: "an SD file", number: 2, expected: "a property, as > <name>", found: "what")
    ) { try SDFile(text: good + odd) }
    #expect(throws: MoleculeError.self) { try SDFile(text: "") }
  }

  @Test("places that are none are refused")
  func places() throws {
    let molecule = try Molecule(smiles: "CC")
    #expect(
      throws: MoleculeError.coordinates(
        expected: "places of shape [2, 3]", found: "the shape [3, 2]")
    ) { try molecule.placed(at: Tensor([Double](repeating: 0, count: 6), shape: [3, 2])) }
    #expect(
      throws: MoleculeError.coordinates(expected: "places within 1e6 Å", found: "nan for atom 1")
    ) { try molecule.placed(at: Tensor([0, 0, 0, 0, Double.nan, 0], shape: [2, 3])) }
    #expect(throws: MoleculeError.noCoordinates(needed: "a force field")) {
      try molecule.relaxed()
    }
    let metal = try Molecule(smiles: "[Fe]C").addingHydrogens().placed(at: nil)
    #expect(throws: MoleculeError.self) {
      try metal.placed(
        at: Tensor(
          (0..<(3 * metal.atoms.count)).map { Double($0 * $0) }, shape: [metal.atoms.count, 3])
      ).relaxed()
    }
    #expect(throws: MoleculeError.self) {
      try Molecule(smiles: String(repeating: "C", count: 401)).embedded(seed: 1)
    }
  }
}
