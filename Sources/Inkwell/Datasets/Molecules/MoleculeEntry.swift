internal import Files
internal import Foundation
internal import Modalities

/// A molecule to train on: a line of `train.csv`.
struct MoleculeEntry: Equatable {
  /// Canonical SMILES of RDKit's.
  let smiles: String
  let properties: MoleculeProperties

  /// The file of a data set that has them.
  static let file = "train.csv"
  private static let head = "smiles,logp,tpsa,weight,sp3"
  private static let comma = UInt8(ascii: ",")

  init(smiles: String, properties: MoleculeProperties) {
    (self.smiles, self.properties) = (smiles, properties)
  }

  /// Computes what is told of a molecule, with as many digits as the file has.
  init(_ molecule: Molecule) throws {
    let values = try molecule.properties
    func rounded(_ number: Double) -> Double { (number * 1e4).rounded() / 1e4 }
    self.init(
      smiles: try molecule.smiles,
      properties: MoleculeProperties(
        logp: rounded(values.logp), tpsa: rounded(values.tpsa), weight: rounded(values.weight),
        sp3: rounded(values.sp3)))
  }

  private var line: String {
    let p = properties
    return "\(smiles),\(p.logp),\(p.tpsa),\(p.weight),\(p.sp3)\n"
  }

  static func write(_ entries: [MoleculeEntry], to file: URL) throws {
    try Data((head + "\n" + entries.map(\.line).joined()).utf8).write(to: file)
  }

  /// The molecules to train on.
  ///
  /// - Parameter folder: A folder of `inkwell dataset molecules`.
  /// - Returns: The entries of its file, at least one.
  /// - Throws: ``MoleculeDataError``.
  static func all(in folder: URL) throws -> [MoleculeEntry] {
    let file = folder.appending(path: file)
    let path = file.path(percentEncoded: false)
    let lines = try text(of: file).split(separator: UInt8(ascii: "\n"))
    guard lines.first.map({ String(decoding: $0, as: UTF8.self) }) == head, lines.count > 1 else {
      throw MoleculeDataError.line(
        file: path, line: 1, expected: "\(head), and molecules below it")
    }
    return try lines.enumerated().dropFirst().map { index, line in
      let fields = line.split(separator: comma, omittingEmptySubsequences: false)
      let numbers = fields.dropFirst().compactMap { field -> Double? in
        let number = Double(String(decoding: field, as: UTF8.self))
        return number?.isFinite == true ? number : nil
      }
      guard fields.count == 5, numbers.count == 4, !fields[0].isEmpty else {
        throw MoleculeDataError.line(
          file: path, line: index + 1, expected: "a molecule and four numbers")
      }
      return MoleculeEntry(
        smiles: String(decoding: fields[0], as: UTF8.self),
        properties: MoleculeProperties(
          logp: numbers[0], tpsa: numbers[1], weight: numbers[2], sp3: numbers[3]))
    }
  }

  /// The bytes of a file of the data set.
  static func text(of file: URL) throws -> Data {
    let path = file.path(percentEncoded: false)
    guard FileManager.default.fileExists(atPath: path) else {
      throw MoleculeDataError.missing(file: path)
    }
    return try Data(contentsOf: file)
  }
}

/// What is wrong with a folder of molecules.
public enum MoleculeDataError: Error, Sendable, Hashable, CustomStringConvertible {
  /// A file is not there.
  case missing(file: String)
  /// A line does not read as the file's layout has it.
  case line(file: String, line: Int, expected: String)
  /// Every molecule has more pieces than there is room for.
  case pieces(file: String, most: Int)

  /// What was expected, what was found and where.
  public var description: String {
    switch self {
    case .missing(let file): "\(file) is not there. `inkwell dataset molecules` makes it."
    case .line(let file, let line, let expected):
      "\(file):\(line): expected \(expected), found something else"
    case .pieces(let file, let most):
      "\(file): expected molecules of at most \(most) pieces, found longer ones only"
    }
  }
}
