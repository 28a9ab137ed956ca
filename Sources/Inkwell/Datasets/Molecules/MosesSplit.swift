internal import Foundation

/// A split of MOSES.
enum MosesSplit: String, CaseIterable {
  /// What is trained on.
  case train
  /// Other molecules by the same chance.
  case test
  /// Molecules of scaffolds that are in neither of the others.
  case testScaffolds = "test_scaffolds"

  /// The file of the data set that has the split, a molecule a line.
  var file: String { self == .train ? "moses-train.smi" : "\(rawValue).smi" }

  /// The molecules of the split in the unpacked package of MOSES.
  ///
  /// - Throws: `DatasetError`.
  func molecules(in folder: URL, of package: EmojiSources.Package) throws -> [String] {
    let file = folder.appending(path: "moses/dataset/data/\(rawValue).csv.gz")
    let path = file.path(percentEncoded: false)
    guard FileManager.default.fileExists(atPath: path) else {
      throw DatasetError.missing(path: path, hint: "It is part of \(package.label).")
    }
    let table = try ExternalTool.run(
      ["gzip", "-dc", path], hint: "The program gzip is needed, and a file that is whole.")
    let lines = table.split(separator: UInt8(ascii: "\n")).map { line in
      String(decoding: line.prefix { $0 != UInt8(ascii: ",") && $0 != 13 }, as: UTF8.self)
    }
    guard lines.first == "SMILES", lines.count > 1 else {
      throw DatasetError.malformedLine(
        file: "\(rawValue).csv", line: 1, expected: "SMILES, and molecules below it",
        found: lines.first ?? "")
    }
    return Array(lines.dropFirst())
  }

  /// The molecules of the split in a folder of `inkwell dataset molecules`.
  ///
  /// - Throws: ``MoleculeDataError``.
  func molecules(of folder: URL) throws -> [String] {
    let text = try MoleculeEntry.text(of: folder.appending(path: file))
    return text.split(separator: UInt8(ascii: "\n")).map { String(decoding: $0, as: UTF8.self) }
  }
}
