import Foundation
import TestSupport
import Testing

@testable import Modalities

@Suite struct SMILESTests {
  private static let drugs = [
    "CC(=O)Oc1ccccc1C(=O)O", "CC(C)Cc1ccc(cc1)[C@@H](C)C(=O)O", "Cn1cnc2c1c(=O)n(C)c(=O)n2C",
    "O=C(CCl)Nc1nc2ccc(Br)cc2s1", "C/C=C/C#N", "[O-][N+](=O)c1ccccc1", "C1CC%10CCC1CC%10",
    "CCCS(=O)c1ccc2[nH]c(=NC(=O)OC)[nH]c2c1",
  ]

  @Test("a text falls into atoms, bonds, branches and rings, which are the text together")
  func symbols() throws {
    #expect(
      try SMILESSymbols.symbols(of: "CC(Cl)=C[nH]1%12Br")
        == ["C", "C", "(", "Cl", ")", "=", "C", "[nH]", "1", "%12", "Br"])
    #expect(
      try SMILESSymbols.symbols(of: "[13C@@H](B)Cn") == ["[13C@@H]", "(", "B", ")", "C", "n"])
    for drug in Self.drugs {
      #expect(try SMILESSymbols.symbols(of: drug).joined() == drug)
    }
  }

  @Test("what is no symbol is refused with its place")
  func refusals() {
    for (text, error) in [
      ("", SMILESError.length(found: 0, longest: 4096)),
      (String(repeating: "C", count: 4097), .length(found: 4097, longest: 4096)),
      ("CCx", .symbol(smiles: "CCx", place: 2, byte: UInt8(ascii: "x"))),
      ("CC O", .symbol(smiles: "CC O", place: 2, byte: 32)),
      ("C€", .symbol(smiles: "C€", place: 1, byte: 0xe2)),
      ("C%1", .symbol(smiles: "C%1", place: 1, byte: UInt8(ascii: "%"))),
      ("C\0", .symbol(smiles: "C\0", place: 1, byte: 0)),
      ("C[nH", .bracket(smiles: "C[nH", place: 1)), ("[]", .bracket(smiles: "[]", place: 0)),
      ("[[C]]", .bracket(smiles: "[[C]]", place: 0)),
      ("[C\u{7f}]", .bracket(smiles: "[C\u{7f}]", place: 0)),
    ] {
      #expect(throws: error) { try SMILESSymbols.symbols(of: text) }
    }
    #expect(
      SMILESError.symbol(smiles: "CCx", place: 2, byte: 120).description
        == "SMILES CCx: expected an atom, a bond, a branch or a ring at byte 2, found the byte 120, x"
    )
  }

  @Test("the most frequent pair is joined first, and a text is spelled as it was learnt")
  func pairs() throws {
    let vocabulary = try SMILESVocabulary(learnedFrom: ["CCOCCO", "CCN", "CCCC"], joins: 2)
    // C C occurs five times that do not overlap, then CC O and CC CC once or twice.
    #expect(vocabulary.pieces == ["C", "N", "O", "CC", "CCO"])
    #expect(try vocabulary.numbers(of: "CCOCCC") == [4, 3, 0])
    #expect(vocabulary.text(of: [4, 3, 0]) == "CCOCCC")
  }

  @Test("every text is its pieces, of which there are fewer than symbols")
  func spelling() throws {
    let vocabulary = try SMILESVocabulary(learnedFrom: Self.drugs, joins: 20)
    for drug in Self.drugs {
      let numbers = try vocabulary.numbers(of: drug)
      #expect(vocabulary.text(of: numbers) == drug)
      #expect(try numbers.count <= SMILESSymbols.symbols(of: drug).count)
    }
    #expect(throws: SMILESError.unknown(smiles: "CI", symbol: "I")) {
      try vocabulary.numbers(of: "CI")
    }
    // A piece is no symbol by itself.
    #expect(throws: SMILESError.self) { try vocabulary.numbers(of: "[CC]") }
    #expect(
      throws: SMILESError.vocabulary(
        file: "the pieces to learn", expected: "at most 4096", found: "1 symbols and 5000 pairs")
    ) { try SMILESVocabulary(learnedFrom: ["CC"], joins: 5000) }
  }

  @Test("a vocabulary's file gives it back, and every other one is refused")
  func files() throws {
    let folder = try TemporaryFolder()
    let vocabulary = try SMILESVocabulary(learnedFrom: Self.drugs, joins: 12)
    try folder.write(vocabulary.file, to: "vocabulary.json")
    let doubling = (0..<13).map { "[\($0), \($0)]" }.joined(separator: ", ")
    #expect(try SMILESVocabulary(contentsOf: folder.file("vocabulary.json")) == vocabulary)
    for (text, part) in [
      ("{", "a vocabulary of SMILES in JSON"),
      (#"{"type": "BPE", "symbols": ["C"], "pairs": []}"#, "the type SMILES pairs, found BPE"),
      (#"{"type": "SMILES pairs", "symbols": [], "pairs": []}"#, "1 to 4096 symbols"),
      (#"{"type": "SMILES pairs", "symbols": ["C", "C"], "pairs": []}"#, "each symbol once"),
      (#"{"type": "SMILES pairs", "symbols": ["CC"], "pairs": []}"#, "symbols of SMILES, found CC"),
      (#"{"type": "SMILES pairs", "symbols": ["C"], "pairs": [[0, 1]]}"#, "before pair 1"),
      (#"{"type": "SMILES pairs", "symbols": ["C"], "pairs": [[0, -1]]}"#, "before pair 1"),
      (#"{"type": "SMILES pairs", "symbols": ["C"], "pairs": [[0, 0], [0, 0]]}"#, "before pair 2"),
      (
        #"{"type": "SMILES pairs", "symbols": ["C"], "pairs": [\#(doubling)]}"#,
        "at most 4096 bytes, found 8192"
      ),
      (String(repeating: " ", count: 1 << 20 | 1), "at most 1048576 bytes"),
    ] {
      try folder.write(text.utf8, to: "other.json")
      let error = #expect(throws: SMILESError.self) {
        try SMILESVocabulary(contentsOf: folder.file("other.json"))
      }
      #expect(
        error?.description.contains(part) == true,
        "\(text.prefix(80)): \(String(describing: error))")
    }
  }
}
