/// The symbols that a text in SMILES is written with: atoms, bonds, branches and the digits of
/// rings.
///
/// After the grammar of OpenSMILES, http://opensmiles.org/opensmiles.html, sections 3.1 to 3.8.
/// Only the symbols are looked at; whether they make a molecule is for RDKit to say.
public enum SMILESSymbols {
  /// The longest text that is looked at, in bytes.
  public static let longest = 4096

  private static let single = Set("BCNOPSFIbcnops*-=#$:/\\~.()0123456789".utf8)

  /// The symbols of a text.
  ///
  /// - Parameter smiles: The text, without a name behind it.
  /// - Returns: The symbols in order; together they are the text.
  /// - Throws: ``SMILESError`` for what is no symbol, which tells where.
  public static func symbols(of smiles: String) throws(SMILESError) -> [String] {
    let bytes = Array(smiles.utf8)
    guard !bytes.isEmpty, bytes.count <= longest else {
      throw .length(found: bytes.count, longest: longest)
    }
    var symbols: [String] = []
    var place = 0
    while place < bytes.count {
      let length = try length(at: place, in: bytes, smiles)
      symbols.append(String(decoding: bytes[place..<place + length], as: UTF8.self))
      place += length
    }
    return symbols
  }

  /// How many bytes the symbol at a place has.
  private static func length(
    at place: Int, in bytes: [UInt8], _ smiles: String
  ) throws(SMILESError) -> Int {
    func unknown() -> SMILESError { .symbol(smiles: smiles, place: place, byte: bytes[place]) }
    let next = place + 1 < bytes.count ? bytes[place + 1] : 0
    switch (bytes[place], next) {
    case (UInt8(ascii: "C"), UInt8(ascii: "l")), (UInt8(ascii: "B"), UInt8(ascii: "r")): return 2
    case (UInt8(ascii: "["), _):
      let inside = bytes[(place + 1)...].prefix { $0 != UInt8(ascii: "]") && $0 != bytes[place] }
      let end = place + 1 + inside.count
      guard end < bytes.count, bytes[end] == UInt8(ascii: "]"), !inside.isEmpty,
        inside.allSatisfy({ $0 > 0x20 && $0 < 0x7f })
      else { throw .bracket(smiles: smiles, place: place) }
      return inside.count + 2
    case (UInt8(ascii: "%"), _):
      guard place + 2 < bytes.count,
        bytes[place + 1...place + 2].allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")) ~= $0 })
      else { throw unknown() }
      return 3
    case (let byte, _):
      guard single.contains(byte) else { throw unknown() }
      return 1
    }
  }
}

/// What is wrong with a text in SMILES or with the vocabulary that spells it.
public enum SMILESError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The text is empty or too long, in bytes.
  case length(found: Int, longest: Int)
  /// A byte begins no symbol.
  case symbol(smiles: String, place: Int, byte: UInt8)
  /// A bracket has no end, nothing in it, or what no atom is written with.
  case bracket(smiles: String, place: Int)
  /// A symbol is not in a vocabulary.
  case unknown(smiles: String, symbol: String)
  /// A file is no vocabulary.
  case vocabulary(file: String, expected: String, found: String)

  /// What was expected, what was found and where.
  public var description: String {
    switch self {
    case .length(let found, let longest):
      "SMILES: expected 1 to \(longest) bytes, found \(found)"
    case .symbol(let smiles, let place, let byte):
      "SMILES \(RDKit.shortened(smiles)): expected an atom, a bond, a branch or a ring at byte "
        + "\(place), found the byte \(byte)"
        + ((0x21...0x7e).contains(byte) ? ", \(Character(UnicodeScalar(byte)))" : "")
    case .bracket(let smiles, let place):
      "SMILES \(RDKit.shortened(smiles)): expected an atom and ] after [ at byte \(place)"
    case .unknown(let smiles, let symbol):
      "SMILES \(RDKit.shortened(smiles)): expected symbols of the vocabulary, found "
        + RDKit.shortened(symbol)
    case .vocabulary(let file, let expected, let found):
      "\(file): expected \(expected), found \(found)"
    }
  }
}
