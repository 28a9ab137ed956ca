internal import Files
internal import Foundation
public import Modalities
internal import Torch

/// A pose of a ligand by a protein, with what was measured of it.
public struct DockedPose: Sendable {
  /// Its seed.
  public let seed: UInt64
  /// The ligand in the pose, with all hydrogens.
  public let molecule: Molecule
  /// How near it comes to the protein, by PoseBusters' measure.
  public let contacts: ProteinContacts
  /// How well it fills the pocket, the less, the better; no energy of binding.
  public let score: Double
  /// How likely it is to be near the true pose, in [0, 1], by a model that can say so; within
  /// ``DockingModelDetails/confidenceWithin`` Å is near.
  public let confidence: Double?
  /// The heavy atoms on the way to it, in Å.
  let way: [Places]

  init(
    seed: UInt64, way: [Places], of ligand: Molecule, by site: DockingSite, confidence: Double?
  ) throws {
    self.seed = seed
    self.confidence = confidence
    self.way = way
    let heavy = try ligand.placed(at: way.last ?? [])
    molecule = try heavy.addingHydrogens()
    contacts = try ProteinContacts(of: heavy, with: site.protein)
    score = try site.score(heavy)
  }
}

/// A protein with what is looked up in it often.
struct DockingSite {
  let protein: Protein
  let score: StericScore

  init(_ protein: Protein) {
    self.protein = protein
    score = StericScore(protein)
  }
}

/// The poses of a ligand, the best first.
public struct DockedPoses: Sendable {
  /// The poses, the most confident first, or in the order of their scores where there are no
  /// confidences; then in that of their seeds.
  public let poses: [DockedPose]
  /// The ligand's name.
  public let name: String
  private let ligand: Molecule
  private let record: String

  init(_ poses: [DockedPose], of ligand: Molecule, name: String, record: DockingRecord) throws {
    self.poses = poses.sorted {
      (-($0.confidence ?? 0), $0.score, $0.seed) < (-($1.confidence ?? 0), $1.score, $1.seed)
    }
    self.ligand = ligand
    self.name = name
    self.record = try record.line
  }

  /// All poses, each with how it was made.
  public var file: SDFile {
    SDFile(
      poses.enumerated().map { index, pose in
        SDRecord(
          pose.molecule, name: name,
          properties: [
            ("Inkwell.Rank", "\(index + 1)"), ("Inkwell.Seed", "\(pose.seed)"),
            ("Inkwell.StericScore", Self.number(pose.score)),
            ("Inkwell.Clashes", "\(pose.contacts.clashes)"),
          ] + (pose.confidence.map { [("Inkwell.Confidence", Self.number($0))] } ?? [])
            + [(SDRecord.requestProperty, record)])
      })
  }

  /// The way from noise to the best pose.
  public var trajectory: PDBTrajectory? {
    poses.first.map { pose in
      PDBTrajectory(
        ligand, frames: pose.way.map(Self.tensor), note: Self.plain(record))
    }
  }

  /// What was measured of each pose, as CSV.
  public var checks: String {
    get throws {
      var rows = [
        [
          "rank", "seed", "confidence", "steric_score", "not_too_far_away", "no_clashes",
          "clashes", "smallest_distance", "smallest_relative_distance", "request",
        ]
      ]
      for (index, pose) in poses.enumerated() {
        let contacts = pose.contacts
        rows.append([
          "\(index + 1)", "\(pose.seed)", pose.confidence.map(Self.number) ?? "",
          Self.number(pose.score), "\(contacts.isNear)",
          "\(contacts.isFree)", "\(contacts.clashes)", Self.number(contacts.smallestDistance),
          Self.number(contacts.smallestRelativeDistance), record,
        ])
      }
      return CSVTable.text(rows)
    }
  }

  /// JSON in ASCII, which is all that a PDB file can hold.
  private static func plain(_ json: String) -> String {
    json.utf16.map { unit in
      unit < 0x80
        ? String(UnicodeScalar(UInt8(unit))) : "\\u" + String(format: "%04x", Int(unit))
    }.joined()
  }

  private static func tensor(_ places: Places) -> Tensor {
    Tensor(places.flatMap { [$0.x, $0.y, $0.z] }, shape: [places.count, 3])
  }

  private static func number(_ value: Double) -> String { String(format: "%.4f", value) }
}
