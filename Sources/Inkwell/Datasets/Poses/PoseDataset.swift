internal import Files
public import Foundation
internal import Modalities
internal import Models

/// Builds the data set of poses from a folder of docked molecules, as `Data/poses/dock.py` makes
/// one.
///
/// The result is a folder with `train.sdf`, `validation.sdf` and `test.sdf`, a protein for each
/// target in `proteins/`, `metadata.jsonl`, `sources.json` and `LICENSES.md`. Poses of proteins
/// that are held out are in the protein's split; those of held-out molecules to proteins that are
/// trained on are in the molecule's.
public struct PoseDataset: Codable, Sendable, Equatable {
  /// The energy that a pose must reach unless something else is asked for, in kcal/mol.
  public static let standardEnergy = -5.0

  /// A folder with the three files of each target, and `sources.json`.
  public var docked: URL
  /// The folder to make; one that this made before is replaced as a whole.
  public var output: URL
  /// The energy that a pose must reach, in kcal/mol: what hardly binds may lie anywhere.
  public var energy: Double

  /// Makes a request.
  public init(docked: URL, output: URL, energy: Double = standardEnergy) {
    self.docked = docked
    self.output = output
    self.energy = energy
  }

  /// What a build made.
  public struct Summary: Codable, Sendable, Equatable {
    /// The poses of each split.
    public let poses: [String: Int]
    /// The proteins of each split.
    public let targets: [String: Int]
    /// Docked molecules that were left out, by the reason.
    public let leftOut: [String: Int]
  }

  /// Builds the data set.
  ///
  /// - Parameter report: Is told what is being done, a sentence at a time.
  /// - Returns: What was made.
  /// - Throws: ``PoseDataError``, `DatasetError`, `ProteinError`, `MoleculeError`, or what the file
  ///   system threw.
  public func callAsFunction(report: (String) -> Void = { _ in }) throws -> Summary {
    let place = DatasetPlace(output: output)
    try place.check()
    let path = docked.path(percentEncoded: false)
    guard isFolder(docked) else { throw PoseDataError.missing(file: path) }
    let names = try Folder.names(in: docked).filter {
      $0.hasSuffix(".json") && $0 != Self.sourcesFile
    }.sorted()
    guard !names.isEmpty else { throw PoseDataError.noTargets(folder: path) }
    let sourcesURL = docked.appending(path: Self.sourcesFile)
    guard FileManager.default.fileExists(atPath: sourcesURL.path(percentEncoded: false)) else {
      throw PoseDataError.missing(file: sourcesURL.path(percentEncoded: false))
    }
    let sources: EmojiSources = try readConfiguration(from: sourcesURL)
    var maker = PoseDatasetMaker(
      energy: energy, source: sources.packages.map(\.label).joined(separator: " "))
    do {
      Folder.discard(place.part)
      let proteins = place.part.appending(path: "proteins")
      try Folder.make(place.part)
      try Folder.make(proteins)
      for name in names {
        report("Reading \(name)")
        let target = try DockedTarget(docked.appending(path: name))
        try maker.read(target)
        try FileManager.default.copyItem(
          at: target.proteinFile, to: proteins.appending(path: "\(target.name).pdb"))
      }
      let entries = try maker.write(to: place.part)
      try DatasetPlace.writeLists(
        entries, from: sources.packages,
        change: "Poses were made by docking; no experiment has seen them.", to: place.part)
      try Folder.replace(output, with: place.part)
    } catch {
      Folder.discard(place.part)
      throw error
    }
    return maker.summary
  }

  private static let sourcesFile = "sources.json"
  /// The file of another program's poses, where the docked folder has them.
  static let othersFile = "other.sdf"
}

/// The work of building the data set.
struct PoseDatasetMaker {
  let energy: Double
  let source: String
  private var poses: [(entry: PoseEntry, molecule: Molecule)] = []
  private var others: [SDRecord] = []
  private var leftOut: [String: Int] = [:]

  init(energy: Double, source: String) { (self.energy, self.source) = (energy, source) }

  /// Takes the poses of a target.
  mutating func read(_ target: DockedTarget) throws {
    for attempt in target.attempts {
      if let error = attempt.error {
        leftOut["not docked: \(error)", default: 0] += 1
        continue
      }
      guard attempt.energy ?? self.energy <= self.energy else {
        leftOut["an energy above \(self.energy) kcal/mol", default: 0] += 1
        continue
      }
      let molecule = try target.pose(of: attempt)
      let smiles = try molecule.smiles(stereochemistry: false)
      guard try smiles == Molecule(smiles: attempt.smiles).smiles(stereochemistry: false) else {
        leftOut["another molecule than was docked", default: 0] += 1
        continue
      }
      let isKnownTarget = target.split == .train
      let split = isKnownTarget ? attempt.split : target.split
      poses.append(
        (
          PoseEntry(
            fileName: split.file, id: "\(target.name)/\(attempt.ligand)", target: target.name,
            ligand: attempt.ligand, smiles: try molecule.smiles, atoms: molecule.atoms.count,
            torsions: molecule.torsions.bonds.count, energy: attempt.energy,
            clashes: try ProteinContacts(of: molecule, with: target.protein).clashes,
            center: [target.center.x, target.center.y, target.center.z],
            isKnownTarget: isKnownTarget, split: split, source: source),
          molecule
        ))
      if let other = target.otherPose(of: attempt) {
        others.append(SDRecord(other, name: "\(target.name)/\(attempt.ligand)"))
      }
    }
  }

  /// Writes the SD files, and gives a line for each pose.
  func write(to folder: URL) throws -> [PoseEntry] {
    for split in ConformerSplit.allCases {
      let own = poses.filter { $0.entry.split == split }
      guard !own.isEmpty else { continue }
      try SDFile(own.map { SDRecord($0.molecule, name: $0.entry.id) })
        .save(to: folder.appending(path: split.file))
    }
    if !others.isEmpty {
      try SDFile(others).save(to: folder.appending(path: PoseDataset.othersFile))
    }
    return poses.map(\.entry)
  }

  /// What was made.
  var summary: PoseDataset.Summary {
    let groups = Dictionary(grouping: poses.map(\.entry)) { $0.split.rawValue }
    return PoseDataset.Summary(
      poses: groups.mapValues(\.count),
      targets: groups.mapValues { Set($0.map(\.target)).count }, leftOut: leftOut)
  }
}
