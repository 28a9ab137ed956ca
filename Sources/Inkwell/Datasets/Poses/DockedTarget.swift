internal import Foundation
internal import Modalities
internal import Models

/// A protein to which molecules were docked: `NAME.json` with `NAME.pdb` and `NAME.sdf` beside it,
/// as `Data/poses/dock.py` writes them.
struct DockedTarget {
  /// What became of one molecule.
  struct Attempt: Decodable {
    /// The molecule's name, which its record in the SD file has.
    let ligand: String
    let smiles: String
    /// Whether the molecule is held out.
    let split: ConformerSplit
    /// In kcal/mol, by the program that docked it; none of a pose that was seen in a crystal.
    let energy: Double?
    /// Why there is no pose.
    let error: String?
  }

  private struct File: Decodable {
    let target: String
    let split: ConformerSplit
    let center: [Double]
    let docked: [Attempt]
  }

  let name: String
  /// Whether the protein is held out.
  let split: ConformerSplit
  /// The middle of the pocket, in Å.
  let center: SIMD3<Double>
  let attempts: [Attempt]
  let protein: Protein
  /// The file of the protein.
  let proteinFile: URL
  private let poses: [String: SDRecord]
  /// Poses of another program to compare with: `NAME-other.sdf`, where it is there.
  private let others: [String: SDRecord]
  private let poseFile: String

  /// Reads the three files of a target.
  init(_ url: URL) throws {
    let file: File = try readConfiguration(from: url)
    let stem = url.deletingPathExtension()
    let path = url.path(percentEncoded: false)
    guard file.target == stem.lastPathComponent else {
      throw PoseDataError.target(
        file: path, expected: "the target \(stem.lastPathComponent)", found: file.target)
    }
    guard file.center.count == 3, file.center.allSatisfy({ abs($0) < 1e6 }) else {
      throw PoseDataError.target(
        file: path, expected: "a center of three numbers within 1e6 Å", found: "\(file.center)")
    }
    (name, split, attempts) = (file.target, file.split, file.docked)
    center = SIMD3(file.center[0], file.center[1], file.center[2])
    proteinFile = stem.appendingPathExtension("pdb")
    let poseURL = stem.appendingPathExtension("sdf")
    poseFile = poseURL.path(percentEncoded: false)
    for needed in [proteinFile, poseURL] {
      let path = needed.path(percentEncoded: false)
      guard FileManager.default.fileExists(atPath: path) else {
        throw PoseDataError.missing(file: path)
      }
    }
    protein = try Protein(contentsOf: proteinFile)
    poses = try Self.records(poseURL)
    let other = url.deletingLastPathComponent().appending(path: "\(name)-other.sdf")
    others =
      FileManager.default.fileExists(atPath: other.path(percentEncoded: false))
      ? try Self.records(other) : [:]
  }

  private static func records(_ file: URL) throws -> [String: SDRecord] {
    Dictionary(
      try SDFile(contentsOf: file, keepingHydrogens: false).records.map { ($0.name, $0) },
      uniquingKeysWith: { a, _ in a })
  }

  /// The pose of a molecule by another program, if there is one.
  func otherPose(of attempt: Attempt) -> Molecule? { others[attempt.ligand]?.molecule }

  /// The pose of a molecule.
  func pose(of attempt: Attempt) throws -> Molecule {
    guard let record = poses[attempt.ligand] else {
      throw PoseDataError.unknown(file: poseFile, molecule: attempt.ligand)
    }
    guard record.molecule.hasCoordinates else {
      throw PoseDataError.flat(file: poseFile, molecule: attempt.ligand)
    }
    return record.molecule
  }
}

/// What is wrong with a folder of poses.
public enum PoseDataError: Error, Sendable, Hashable, CustomStringConvertible {
  /// A file is not there.
  case missing(file: String)
  /// A folder without docked targets.
  case noTargets(folder: String)
  /// The description of a target that cannot be.
  case target(file: String, expected: String, found: String)
  /// A molecule that was docked has no record.
  case unknown(file: String, molecule: String)
  /// A pose has no places in space.
  case flat(file: String, molecule: String)
  /// No residue of a protein is near the middle of its pocket.
  case noPocket(target: String, radius: Double)
  /// No pose is left to train on.
  case empty(folder: String)

  /// What was expected, what was found and where.
  public var description: String {
    switch self {
    case .missing(let file):
      "\(file) is not there. `inkwell dataset poses` and Data/poses/dock.py make it."
    case .noTargets(let folder):
      "\(folder): expected docked targets, a .json, .pdb and .sdf each, found none. "
        + "Data/poses/dock.py makes them."
    case .target(let file, let expected, let found):
      "\(file): expected \(expected), found \(found)"
    case .unknown(let file, let molecule):
      "\(file): expected a record of \(molecule), which was docked, found none"
    case .flat(let file, let molecule):
      "\(file), \(molecule): expected places in space, found none"
    case .noPocket(let target, let radius):
      "\(target): expected residues within \(radius) Å of the middle of the pocket, found none"
    case .empty(let folder): "\(folder): expected poses to train on, found none"
    }
  }
}
