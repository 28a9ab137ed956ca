internal import Foundation
internal import Modalities

/// Which molecules are trained on and which are held out.
public enum ConformerSplit: String, Codable, Sendable, CaseIterable {
  /// Trained on.
  case train
  /// Held out, to choose between trainings.
  case validation
  /// Held out, to measure.
  case test

  /// The share of scaffolds of each held-out split: about 500 of some 20,000.
  static let share = 0.025

  /// Decides by the scaffold alone, so the split is the same in every build, and molecules of one
  /// scaffold never part; those without rings are trained on.
  init(scaffold: String) {
    let draw = StableHash.fraction("inkwell conformers scaffold \(scaffold)")
    if scaffold.isEmpty {
      self = .train
    } else if draw < Self.share {
      self = .test
    } else if draw < 2 * Self.share {
      self = .validation
    } else {
      self = .train
    }
  }

  /// The file of the true conformers.
  var file: String { "\(rawValue).sdf" }
  /// The file of the conformers that training reads.
  var matchedFile: String { "\(rawValue)-matched.sdf" }
}

/// A line of the data set's `metadata.jsonl`.
struct ConformerEntry: Codable, Equatable, Sendable {
  /// The file that has the molecule, whose record has the component's code for a name.
  let fileName: String
  /// The code in the Chemical Component Dictionary.
  let id: String
  /// RDKit's canonical SMILES, with what is right and left.
  let smiles: String
  /// The rings and what links them, as SMILES without what is right and left.
  let scaffold: String
  /// The atoms but hydrogens.
  let atoms: Int
  /// The bonds that turn.
  let torsions: Int
  /// When the component was put into the dictionary.
  let initialDate: String
  /// The entry of the Protein Data Bank that the conformer is from.
  let entry: String
  /// How far the matched conformer is from the true one, in Å; none where none was made.
  var matchedDistance: Double?
  /// Whether to train on it.
  let split: ConformerSplit
  /// The licence's SPDX identifier.
  let license: String
  /// The package and version that it is from.
  let source: String

  enum CodingKeys: String, CodingKey {
    case fileName = "file_name"
    case id, smiles, scaffold, atoms, torsions
    case initialDate = "initial_date"
    case entry
    case matchedDistance = "matched_distance"
    case split, license, source
  }
}

extension ConformerEntry {
  /// The lines of a data set.
  ///
  /// - Parameter folder: A folder of `inkwell dataset conformers`.
  /// - Returns: A line for each molecule.
  /// - Throws: ``ConformerDataError`` where there is none, or ``EvaluationError`` for another line.
  static func all(in folder: URL) throws -> [ConformerEntry] {
    let file = folder.appending(path: "metadata.jsonl")
    let path = file.path(percentEncoded: false)
    guard FileManager.default.fileExists(atPath: path) else {
      throw ConformerDataError.missing(file: path)
    }
    let text = String(decoding: try Data(contentsOf: file), as: UTF8.self)
    return try text.split(separator: "\n").enumerated().map { number, line in
      do {
        return try JSONDecoder().decode(ConformerEntry.self, from: Data(line.utf8))
      } catch {
        throw EvaluationError.line(number + 1, file: path, reason: "\(error)")
      }
    }
  }
}
