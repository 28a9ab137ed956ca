internal import Foundation
internal import Modalities

/// A line of the data set's `metadata.jsonl`: a pose.
struct PoseEntry: Codable, Equatable, Sendable {
  /// The SD file that has the pose, whose record has ``id`` for a name.
  let fileName: String
  /// The target and the ligand, such as `ABL1/STI`.
  let id: String
  /// The protein, whose file is `proteins/NAME.pdb`.
  let target: String
  /// The ligand's code in the Chemical Component Dictionary.
  let ligand: String
  /// RDKit's canonical SMILES.
  let smiles: String
  /// The atoms but hydrogens.
  let atoms: Int
  /// The bonds that turn.
  let torsions: Int
  /// In kcal/mol, by the program that docked it; none of a pose that was seen in a crystal.
  let energy: Double?
  /// How many pairs of atoms clash, by PoseBusters' measure.
  let clashes: Int
  /// The middle of the pocket, in Å.
  let center: [Double]
  /// Whether the protein is one of those that are trained on.
  let isKnownTarget: Bool
  /// Whether to train on it.
  let split: ConformerSplit
  /// The packages that it is from.
  let source: String

  enum CodingKeys: String, CodingKey {
    case fileName = "file_name"
    case id, target, ligand, smiles, atoms, torsions, energy, clashes, center
    case isKnownTarget = "known_target"
    case split, source
  }

  /// The lines of a data set.
  ///
  /// - Parameter folder: A folder of `inkwell dataset poses`.
  /// - Returns: A line for each pose.
  /// - Throws: ``PoseDataError`` where there is none, or ``EvaluationError`` for another line.
  static func all(in folder: URL) throws -> [PoseEntry] {
    let file = folder.appending(path: "metadata.jsonl")
    let path = file.path(percentEncoded: false)
    guard FileManager.default.fileExists(atPath: path) else {
      throw PoseDataError.missing(file: path)
    }
    let text = String(decoding: try Data(contentsOf: file), as: UTF8.self)
    return try text.split(separator: "\n").enumerated().map { number, line in
      do {
        let entry = try JSONDecoder().decode(PoseEntry.self, from: Data(line.utf8))
        guard entry.center.count == 3, !entry.target.contains("/") else {
          throw PoseDataError.target(
            file: path, expected: "a name and a center of three numbers", found: entry.target)
        }
        return entry
      } catch {
        throw EvaluationError.line(number + 1, file: path, reason: "\(error)")
      }
    }
  }

  /// The middle of the pocket.
  var middle: SIMD3<Double> { SIMD3(center[0], center[1], center[2]) }
}
