import Foundation
import TestSupport
import Testing

@testable import Modalities

@Suite struct HostileProteinTests {
  private let atom =
    "ATOM      2  CA  MET A   1      33.519  15.548  16.695  1.00  0.00           C"

  private func reason(_ read: () throws -> Protein) -> String {
    do {
      return "no error: \(try read().residues.count) residues"
    } catch {
      return "\(error)"
    }
  }

  /// The error for the line with other text from a column, counted from 1.
  private func reason(column: Int, _ text: String) -> String {
    var line = Array(atom.utf8)
    line.replaceSubrange((column - 1)..<(column - 1 + text.utf8.count), with: text.utf8)
    return reason { try Protein(pdb: "REMARK\n".utf8 + line, source: "x.pdb") }
  }

  @Test("what stands in the columns of a PDB file is checked, and the line told")
  func columns() {
    for (column, text, message) in [
      (31, "     nan", "x in Å in columns 31 to 38, found \"nan\""),
      (39, "        ", "y in Å in columns 39 to 46, found nothing"),
      (47, "  0x1p3 ", "z in Å in columns 47 to 54, found \"0x1p3\""),
      (31, "     1e9", "x in Å in columns 31 to 38, found \"1e9\""),
      (23, "A000", "a residue's number in columns 23 to 26, found \"A000\""),
      (13, "    ", "an atom's name in columns 13 to 16, found nothing"),
      (55, "  much", "an occupancy in columns 55 to 60, found \"much\""),
    ] {
      #expect(reason(column: column, text) == "x.pdb, line 2: expected \(message)")
    }
    let nameless = atom.prefix(66).replacingOccurrences(of: " CA ", with: " 12 ")
    #expect(
      reason { try Protein(pdb: nameless.utf8) }
        == "a PDB file, line 1: expected an element in columns 77 to 78, or a name that begins "
        + "with one, found \"12\"")
    #expect(
      reason { try Protein(pdb: (atom + "\n" + atom).utf8) }
        == "a PDB file, line 2: expected each atom of MET 1 once, found CA again")
  }

  @Test("files without a protein, and those that are too large, are refused")
  func limits() throws {
    let none = "expected residues with the atoms N, CA and C, found"
    #expect(reason { try Protein(pdb: []) } == "a PDB file: \(none) no atoms")
    #expect(
      reason { try Protein(pdb: atom.utf8) } == "a PDB file: \(none) none among 1 groups of atoms")
    var limits = ProteinLimits()
    limits.atoms = 20
    let (pdb, cif) = (Golden.file("part.pdb"), Golden.file("part.cif"))
    #expect(
      reason { try Protein(contentsOf: pdb, limits: limits) }.hasSuffix(
        "part.pdb: expected 20 atoms or less, found more"))
    #expect(
      reason { try Protein(contentsOf: cif, limits: limits) }.hasSuffix(
        "part.cif: expected 20 rows or less, found more"))
    limits.bytes = 100
    #expect(
      reason { try Protein(contentsOf: pdb, limits: limits) }.hasSuffix(
        "part.pdb: expected 100 bytes or less, found 6767 bytes"))
    #expect(
      reason { try Protein(pdb: [UInt8](repeating: 32, count: 101), limits: limits) }
        == "a PDB file: expected 100 bytes or less, found 101 bytes")
    #expect(
      reason { try Protein(contentsOf: pdb.appending(path: "none")) }.contains("cannot read"))
  }

  @Test("what is no CIF, or no atoms, is refused with the line")
  func cif() {
    func told(_ text: String) -> String {
      reason { try Protein(mmCIF: text.utf8, source: "x.cif") }
    }
    let columns = [
      "group_PDB", "type_symbol", "label_atom_id", "label_comp_id", "label_asym_id",
      "label_seq_id", "Cartn_x", "Cartn_y", "Cartn_z", "occupancy",
    ]
    let head = "data_x\nloop_\n" + columns.map { "_atom_site.\($0)\n" }.joined()
    for (text, message) in [
      ("", "x.cif: expected the table _atom_site, found none"),
      ("data_x\n_cell.a 1\ndata_y\n_atom_site.id 1", "x.cif: expected the table _atom_site"),
      ("data_x\nstray", "line 2: expected a name, such as _atom_site.id, found \"stray\""),
      ("data_x\n_a.b _c.d", "line 2: expected a value after _a.b, found \"_c.d\""),
      ("data_x\n_a.b", "line 2: expected a value after _a.b, found the end of the file"),
      ("data_x\n_a.b 'open\n", "line 2: expected a text that ends with its quote"),
      ("data_x\n_a.b\n;open\n", "line 3: expected a text that ends with a line of ;"),
      ("data_x\nloop_\n_atom_site.id\n", "line 0: expected rows of 1 values, found 0"),
      ("data_x\n_atom_site.id 1", "expected a column _atom_site.auth_atom_id, found none"),
      (head + "ATOM N N ALA A 1 1 2", "line 13: expected rows of 10 values, found 8"),
      (head + "ATOM N N ALA A ? 1 2 3 1", "line 13: expected a residue's number, found nothing"),
      (head + "ATOM N N ALA A 1 nan 2 3 1", "line 13: expected cartn_x in Å, found \"nan\""),
      (head + "ATOM N N ALA A 1 1 2 3 much", "line 13: expected an occupancy, found \"much\""),
      (head + "ATOM N . ALA A 1 1 2 3 1", "expected an atom's name, its element and"),
      (head + "ATOM N \"N'\" ALA A 1 1 2 3 1 # a comment", "found none among 1 groups of atoms"),
    ] {
      #expect(told(text).contains(message), "\(told(text))")
    }
  }

  @Test("a file that is cut off or changed anywhere is read or refused, and nothing breaks")
  func changes() throws {
    for name in ["part.pdb", "part.cif"] {
      let data = try Data(contentsOf: Golden.file(name))
      var (read, refused) = (0, 0)
      func check(_ data: Data) {
        do {
          let protein = try name == "part.pdb" ? Protein(pdb: data) : Protein(mmCIF: data)
          read += 1
          #expect((1...40).contains(protein.residues.count))
        } catch {
          refused += 1
          #expect(!error.description.isEmpty)
        }
      }
      for length in stride(from: 0, to: data.count, by: 101) { check(data.prefix(length)) }
      for place in stride(from: 0, to: data.count, by: 37) {
        var changed = data
        changed[place] = UInt8(truncatingIfNeeded: place &* 167)
        check(changed)
      }
      #expect(read > 10 && refused > 10)
    }
  }
}
