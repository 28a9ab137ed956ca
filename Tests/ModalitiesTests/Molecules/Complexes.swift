import Foundation
import Modalities
import Testing

/// Complexes of proteins and ligands, which `Scripts/test-weights` fetches.
enum Complexes {
  private static func file(_ name: String, _ end: String) throws -> URL {
    let folder = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../../.deps/evaluation/posebusters-0.6.5/posebusters/datasets/pdb")
      .standardizedFileURL
    let url = folder.appending(path: "\(name)/\(name)_\(end)")
    let path = url.path(percentEncoded: false)
    try #require(
      FileManager.default.fileExists(atPath: path),
      "\(path) is not there: run Scripts/test-weights, which fetches it")
    return url
  }

  static func protein(_ name: String) throws -> Protein {
    try Protein(contentsOf: file(name, "protein_one_lig_removed.pdb"))
  }

  /// A pose of the ligand.
  static func pose(_ name: String) throws -> SDRecord {
    try #require(SDFile(contentsOf: file(name, "ligand.sdf")).records.first)
  }

  /// The ligand in the place where the crystal has it.
  static func ligand(_ name: String) throws -> SDRecord {
    try #require(SDFile(contentsOf: file(name, "ligands.sdf")).records.first)
  }
}
