internal import CRDKit
internal import Files
public import Foundation

/// One molecule of an SD file, with its name and what else is said of it.
public struct SDRecord: Sendable {
  /// The molecule.
  public var molecule: Molecule

  /// Its name: the first line.
  public var name: String

  /// Properties, in the file's order; lines of a value are parted by `\n`.
  public var properties: [(name: String, value: String)]

  /// The name of the property where Inkwell keeps the request that made a molecule.
  public static var requestProperty: String { "Inkwell.Request" }

  /// - Parameters:
  ///   - molecule: The molecule, or one pose of it.
  ///   - name: One line.
  ///   - properties: Names and values.
  public init(
    _ molecule: Molecule, name: String = "", properties: [(name: String, value: String)] = []
  ) {
    (self.molecule, self.name, self.properties) = (molecule, name, properties)
  }

  /// The value of the first property of that name.
  public subscript(name: String) -> String? { properties.first { $0.name == name }?.value }
}

/// An SD file: molecules or poses, one after another, with properties.
public struct SDFile: Sendable {
  /// The records.
  public var records: [SDRecord]

  /// A file of these records.
  public init(_ records: [SDRecord]) { self.records = records }

  /// Reads the text of an SD file.
  /// - Parameters:
  ///   - text: The whole file.
  ///   - source: What to name in errors.
  ///   - keepingHydrogens: Whether hydrogens stay atoms.
  ///   - limits: How much each molecule may hold.
  /// - Throws: `MoleculeError`, which tells the record.
  public init(
    text: String, source: String = "an SD file", keepingHydrogens: Bool = true,
    limits: MoleculeLimits = MoleculeLimits()
  ) throws(MoleculeError) {
    var records: [SDRecord] = []
    var lines: [Substring] = []
    for line in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
      guard line.hasPrefix("$$$$") else {
        lines.append(line)
        continue
      }
      records.append(
        try Self.record(
          lines, number: records.count + 1, source: source, keepingHydrogens: keepingHydrogens,
          limits: limits))
      lines = []
    }
    // A file of one molecule may end without the mark; one that is cut off in properties is told.
    if lines.contains(where: { !$0.allSatisfy(\.isWhitespace) }) {
      guard records.isEmpty, lines.last(where: { !$0.isEmpty })?.hasPrefix("M  END") == true else {
        throw .record(
          source: source, number: records.count + 1, expected: "the mark $$$$ at its end",
          found: "the end of the file")
      }
      records.append(
        try Self.record(
          lines, number: 1, source: source, keepingHydrogens: keepingHydrogens, limits: limits))
    }
    guard !records.isEmpty else {
      throw .record(source: source, number: 1, expected: "a molecule", found: "an empty file")
    }
    self.init(records)
  }

  /// Reads an SD file.
  /// - Parameters:
  ///   - url: The file, of at most 256 MB.
  ///   - keepingHydrogens: Whether hydrogens stay atoms.
  ///   - limits: How much each molecule may hold.
  /// - Throws: `MoleculeError`, which tells the record, or a `FileError`.
  public init(
    contentsOf url: URL, keepingHydrogens: Bool = true, limits: MoleculeLimits = MoleculeLimits()
  ) throws {
    let source = url.path(percentEncoded: false)
    let size = try Int(Descriptor(source, O_RDONLY, action: "read").status().st_size)
    guard size <= Self.largest else {
      throw MoleculeError.tooLarge(
        source: source, reason: "a file of \(size) bytes, the limit is \(Self.largest)")
    }
    guard let text = String(bytes: try Data(contentsOf: url), encoding: .utf8) else {
      throw MoleculeError.record(
        source: source, number: 1, expected: "a text in UTF-8", found: "other bytes")
    }
    try self.init(text: text, source: source, keepingHydrogens: keepingHydrogens, limits: limits)
  }

  private static let largest = 256 << 20

  private static func record(
    _ lines: [Substring], number: Int, source: String, keepingHydrogens: Bool,
    limits: MoleculeLimits
  ) throws(MoleculeError) -> SDRecord {
    guard let end = lines.firstIndex(where: { $0.hasPrefix("M  END") }) else {
      throw .record(
        source: source, number: number, expected: "a molecule that ends in the line \"M  END\"",
        found: "none")
    }
    let molecule = try Molecule(
      molBlock: lines[...end].joined(separator: "\n") + "\n", source: "\(source), record \(number)",
      keepingHydrogens: keepingHydrogens, limits: limits)
    var record = SDRecord(molecule, name: String(lines[0]))
    var rest = lines[(end + 1)...]
    while let line = rest.popFirst() {
      guard !line.allSatisfy(\.isWhitespace) else { continue }
      guard line.hasPrefix(">"), let open = line.firstIndex(of: "<"),
        let close = line.lastIndex(of: ">"), open < close
      else {
        throw .record(
          source: source, number: number, expected: "a property, as > <name>",
          found: RDKit.shortened(String(line)))
      }
      let value = rest.prefix { !$0.isEmpty }
      rest = rest.dropFirst(value.count)
      record.properties.append(
        (String(line[line.index(after: open)..<close]), value.joined(separator: "\n")))
    }
    return record
  }

  /// The text of the file, of version 2000 where a molecule is small enough; places to 1e-4 Å.
  /// - Throws: `MoleculeError.unwritable` for a name or a value that the format cannot hold.
  public var text: String {
    get throws(MoleculeError) {
      var text = ""
      for record in records { text += try Self.text(record) }
      return text
    }
  }

  /// Writes the file whole, or not at all.
  /// - Parameter url: Where. What was there is replaced.
  /// - Throws: `MoleculeError.unwritable`, or a `FileError`.
  public func save(to url: URL) throws { try AtomicFile.write(Data(try text.utf8), to: url) }

  private static func text(_ record: SDRecord) throws(MoleculeError) -> String {
    guard !record.name.contains(where: \.isNewline), !record.name.hasPrefix("$$$$") else {
      throw .unwritable(expected: "a name of one line", found: RDKit.shortened(record.name))
    }
    let block = try RDKit.text { crdkit_mol_block(record.molecule.handle.pointer, $0, $1) }
    // RDKit leaves the first line, the name, empty or as it was read.
    var text = record.name + block[(block.firstIndex(of: "\n") ?? block.startIndex)...]
    for (name, value) in record.properties {
      guard !name.isEmpty, !name.contains(where: { $0.isNewline || "<>".contains($0) }) else {
        throw .unwritable(
          expected: "a property's name of one line without < and >", found: RDKit.shortened(name))
      }
      let lines = value.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
      guard value.isEmpty || lines.allSatisfy({ !$0.isEmpty && !$0.hasPrefix("$$$$") }) else {
        throw .unwritable(
          expected: "a value without empty lines and the mark $$$$", found: RDKit.shortened(value))
      }
      text += "> <\(name)>\n" + (value.isEmpty ? "" : value + "\n") + "\n"
    }
    return text + "$$$$\n"
  }
}
