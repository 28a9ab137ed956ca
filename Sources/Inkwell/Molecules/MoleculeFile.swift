internal import Files
public import Foundation
internal import Modalities

/// Molecules that a model made, with how they were made, as a file has them.
public struct MoleculeFile: Sendable {
  /// The molecules, and the texts that are none, in the order of their seeds.
  public let molecules: [GeneratedMolecule]
  /// How they were made.
  public let record: MoleculeRecord

  /// How a file has molecules.
  public enum Format: String, Sendable, CaseIterable {
    /// A text of SMILES a line, with its name behind it.
    case smiles = "smi"
    /// A line for each text, with what is known of it.
    case table = "csv"
    /// Places of all atoms, hydrogens included, as RDKit finds them; molecules only.
    case sd = "sdf"

    /// The format that the name of a file asks for.
    ///
    /// - Throws: ``GenerateError``.
    public init(of file: URL) throws(GenerateError) {
      guard let format = Format(rawValue: file.pathExtension.lowercased()) else {
        throw .value(
          "output", expected: "a name that ends in .smi, .csv or .sdf",
          found: file.lastPathComponent)
      }
      self = format
    }
  }

  /// What stands before the record in a file of lines; readers of SMILES pass over such lines.
  private static let notePrefix = "# \(SDRecord.requestProperty) "

  /// The record of a file of lines; nothing if its first line is another.
  static func note(in data: Data) -> String? {
    let line = String(decoding: data.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
    return line.hasPrefix(notePrefix) ? String(line.dropFirst(notePrefix.count)) : nil
  }

  /// The molecules that the file is to have.
  private var kept: [GeneratedMolecule] {
    record.request.onlyValid ? molecules.filter { $0.smiles != nil } : molecules
  }

  /// Writes the file whole, or not at all, in the format of its name.
  ///
  /// - Parameter url: Where. What was there is replaced.
  /// - Throws: ``GenerateError`` for another name, `MoleculeError` for a molecule that RDKit finds
  ///   no places for, or a `FileError`.
  public func save(to url: URL) throws {
    switch try Format(of: url) {
    case .smiles: try AtomicFile.write(Data(try smilesText.utf8), to: url)
    case .table: try AtomicFile.write(Data(try tableText.utf8), to: url)
    case .sd: try sdFile().save(to: url)
    }
  }

  /// A line for each text: what it says, and the name `seed-7`, behind which stands `invalid` where
  /// it is no molecule.
  private var smilesText: String {
    get throws {
      Self.notePrefix + (try record.line) + "\n"
        + kept.map { "\($0.text) \($0.name)\($0.smiles == nil ? " invalid" : "")\n" }.joined()
    }
  }

  private var tableText: String {
    get throws {
      let head = ["seed", "text", "valid", "smiles"] + MoleculeProperty.allCases.map(\.rawValue)
      let rows = kept.map { molecule in
        let numbers = MoleculeProperty.allCases.map { property in
          molecule.properties.map { String(format: "%.4f", property.value(in: $0)) } ?? ""
        }
        return [
          "\(molecule.seed)", molecule.text, molecule.smiles == nil ? "no" : "yes",
          molecule.smiles ?? "",
        ] + numbers + [molecule.reason ?? ""]
      }
      return Self.notePrefix + (try record.line) + "\n"
        + CSVTable.text([head + ["reason"]] + rows)
    }
  }

  private func sdFile() throws -> SDFile {
    let line = try record.line
    let records = try molecules.compactMap { made -> SDRecord? in
      guard let molecule = try made.molecule, let smiles = made.smiles else { return nil }
      let placed = try molecule.addingHydrogens()
        .embedded(seed: UInt32(truncatingIfNeeded: made.seed))
      return SDRecord(
        placed, name: made.name,
        properties: [("SMILES", smiles), (SDRecord.requestProperty, line)])
    }
    guard !records.isEmpty else {
      throw GenerateError.value("output", expected: "a molecule for an SD file", found: "none")
    }
    return SDFile(records)
  }
}

extension GeneratedMolecule {
  /// What the molecule is called in files.
  var name: String { "seed-\(seed)" }
}
