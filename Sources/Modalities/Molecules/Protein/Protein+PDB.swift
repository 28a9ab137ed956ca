internal import Files
public import Foundation

extension Protein {
  /// Reads the first model of a PDB file's text.
  ///
  /// Of the format (wwPDB, version 3.3), the records `ATOM`, `HETATM`, `TER`, `MODEL` and `ENDMDL`
  /// are read.
  /// - Parameters:
  ///   - pdb: The whole file.
  ///   - source: What to name in errors.
  ///   - limits: How much it may hold.
  /// - Throws: ``ProteinError``, which tells the line.
  public init(
    pdb: some Sequence<UInt8>, source: String = "a PDB file",
    limits: ProteinLimits = ProteinLimits()
  ) throws(ProteinError) {
    var assembly = ProteinAssembly(source: source, limits: limits)
    let bytes = try Self.checked(pdb, source, limits)
    for (index, line) in bytes.lines.enumerated() {
      let record = PDBLine(line, number: index + 1, source: source)
      switch record.text(1...6) {
      case "ATOM", "HETATM": try assembly.add(record.atom())
      case "TER": try assembly.close()
      // Another model has the same residues again.
      case "ENDMDL":
        self = try assembly.protein()
        return
      default: break
      }
    }
    self = try assembly.protein()
  }

  /// Reads a protein: mmCIF if the file's name ends in `.cif` or `.mmcif`, else PDB.
  /// - Parameters:
  ///   - url: The file.
  ///   - limits: How much it may hold.
  /// - Throws: ``ProteinError``, which tells the line, or a `FileError`.
  public init(contentsOf url: URL, limits: ProteinLimits = ProteinLimits()) throws {
    let source = url.path(percentEncoded: false)
    let size = try Int(Descriptor(source, O_RDONLY, action: "read").status().st_size)
    guard size <= limits.bytes else { throw Self.tooLarge(source, size, limits) }
    let data = try Data(contentsOf: url)
    if ["cif", "mmcif"].contains(url.pathExtension.lowercased()) {
      try self.init(mmCIF: data, source: source, limits: limits)
    } else {
      try self.init(pdb: data, source: source, limits: limits)
    }
  }

  static func checked(
    _ text: some Sequence<UInt8>, _ source: String, _ limits: ProteinLimits
  ) throws(ProteinError) -> [UInt8] {
    let bytes = [UInt8](text)
    guard bytes.count <= limits.bytes else { throw tooLarge(source, bytes.count, limits) }
    return bytes
  }

  private static func tooLarge(
    _ source: String, _ size: Int, _ limits: ProteinLimits
  ) -> ProteinError {
    .tooLarge(
      source: source, expected: "\(limits.bytes) bytes or less", found: "\(size) bytes")
  }
}

/// A line of a PDB file, whose fields are columns.
private struct PDBLine {
  let bytes: ArraySlice<UInt8>
  let number: Int
  let source: String

  init(_ bytes: ArraySlice<UInt8>, number: Int, source: String) {
    (self.bytes, self.number, self.source) = (bytes, number, source)
  }

  /// The text of columns, counted from 1, without the spaces around it.
  func text(_ columns: ClosedRange<Int>) -> String { raw(columns).trimmed }

  private func raw(_ columns: ClosedRange<Int>) -> ArraySlice<UInt8> {
    bytes.dropFirst(columns.lowerBound - 1).prefix(columns.count)
  }

  func atom() throws(ProteinError) -> ProteinRecord {
    let name = text(13...16)
    guard !name.isEmpty else { throw misfit("an atom's name in columns 13 to 16", name) }
    guard let residue = Int(text(23...26)) else {
      throw misfit("a residue's number in columns 23 to 26", text(23...26))
    }
    let place = SIMD3(
      try coordinate(31...38, "x"), try coordinate(39...46, "y"), try coordinate(47...54, "z"))
    let share = text(55...60)
    guard let occupancy = share.isEmpty ? 1 : share.finite else {
      throw misfit("an occupancy in columns 55 to 60", share)
    }
    return ProteinRecord(
      line: number, isHeterogen: text(1...6) == "HETATM", name: name, alternative: text(17...17),
      residue: text(18...20), chain: text(22...22), number: residue, insertion: text(27...27),
      place: place, occupancy: occupancy, element: try element(name))
  }

  private func coordinate(
    _ columns: ClosedRange<Int>, _ name: String
  ) throws(ProteinError) -> Double {
    guard let value = text(columns).finite, abs(value) < 1e6 else {
      throw misfit(
        "\(name) in Å in columns \(columns.lowerBound) to \(columns.upperBound)", text(columns))
    }
    return value
  }

  /// The element as it is told, or by the name's columns: symbols of one letter begin in the
  /// second.
  private func element(_ name: String) throws(ProteinError) -> String {
    let told = text(77...78).uppercased()
    if !told.isEmpty, told.allSatisfy({ $0.isLetter }) { return told }
    let first = raw(13...14).filter { !$0.isDigit }.trimmed.uppercased()
    // A hydrogen's name of four letters leaves no space before it.
    let symbol = first.hasPrefix("H") && name.utf8.count == 4 ? "H" : first
    guard !symbol.isEmpty, symbol.allSatisfy({ $0.isLetter }) else {
      throw misfit("an element in columns 77 to 78, or a name that begins with one", name)
    }
    return symbol
  }

  private func misfit(_ expected: String, _ found: String) -> ProteinError {
    .line(
      source: source, number: number, expected: expected,
      found: found.isEmpty ? "nothing" : "\"\(found)\"")
  }
}

extension [UInt8] {
  /// The lines, without what ends them.
  var lines: [ArraySlice<UInt8>] {
    split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map {
      $0.last == UInt8(ascii: "\r") ? $0.dropLast() : $0
    }
  }
}

extension Collection<UInt8> {
  /// The text without the spaces around it.
  fileprivate var trimmed: String {
    String(decoding: self, as: UTF8.self).trimmingCharacters(in: .whitespaces)
  }
}

extension UInt8 {
  fileprivate var isDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }
}

extension String {
  /// The number that it writes in decimal digits.
  var finite: Double? {
    let isDecimal = utf8.allSatisfy {
      (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || "+-.eE".utf8.contains($0)
    }
    guard isDecimal, let value = Double(self), value.isFinite else { return nil }
    return value
  }
}
