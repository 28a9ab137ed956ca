internal import Checkpoints
internal import Foundation
internal import Modalities
internal import Models
internal import Torch

/// Poses of ligands by proteins to learn from.
struct PoseSet {
  /// A ligand in the pose to learn.
  struct Pose {
    let ligand: LigandGraph
    /// In Å.
    let places: Places
    /// The number of its pocket.
    let pocket: Int
  }

  /// The part of a protein around the middle of a pocket.
  struct Pocket {
    let protein: PocketView
    let center: SIMD3<Double>
  }

  let poses: [Pose]
  let pockets: [Pocket]
  /// The SHA-256 of the poses and the proteins.
  let hash: String
  private let view: DockingTraining.View

  /// Reads the poses of a split.
  ///
  /// - Parameters:
  ///   - folder: A folder of `inkwell dataset poses`.
  ///   - split: The split.
  ///   - view: How pockets are seen.
  /// - Throws: ``PoseDataError``, `MoleculeError`, `MoleculeGraphError`, `ProteinError` or
  ///   `FileError`.
  init(folder: URL, split: ConformerSplit, view: DockingTraining.View) throws {
    self.view = view
    let entries = try PoseEntry.all(in: folder).filter { $0.split == split }
    let file = folder.appending(path: split.file)
    let path = file.path(percentEncoded: false)
    guard !entries.isEmpty else { throw PoseDataError.empty(folder: path) }
    guard FileManager.default.fileExists(atPath: path) else {
      throw PoseDataError.missing(file: path)
    }
    let records = Dictionary(
      try SDFile(contentsOf: file, keepingHydrogens: false).records.map { ($0.name, $0.molecule) },
      uniquingKeysWith: { a, _ in a })
    var (numbers, pockets, poses): ([String: Int], [Pocket], [Pose]) = ([:], [], [])
    var hashes = [try FileHash.sha256(of: file)]
    for entry in entries {
      guard let molecule = records[entry.id] else {
        throw PoseDataError.unknown(file: path, molecule: entry.id)
      }
      guard let places = try molecule.places else {
        throw PoseDataError.flat(file: path, molecule: entry.id)
      }
      if numbers[entry.target] == nil {
        let protein = folder.appending(path: "proteins/\(entry.target).pdb")
        guard FileManager.default.fileExists(atPath: protein.path(percentEncoded: false)) else {
          throw PoseDataError.missing(file: protein.path(percentEncoded: false))
        }
        hashes.append(try FileHash.sha256(of: protein))
        let seen = PocketView(
          try Protein(contentsOf: protein), around: entry.middle, radius: view.radius,
          margin: 4 * view.jitter)
        guard seen.canSee(from: entry.middle) else {
          throw PoseDataError.noPocket(target: entry.target, radius: view.radius)
        }
        numbers[entry.target] = pockets.count
        pockets.append(Pocket(protein: seen, center: entry.middle))
      }
      guard let pocket = numbers[entry.target] else { continue }
      poses.append(Pose(ligand: try LigandGraph(molecule), places: places, pocket: pocket))
    }
    (self.poses, self.pockets) = (poses, pockets)
    hash = FileHash.sha256(ofTexts: hashes)
  }

  /// How many poses there are.
  var count: Int { poses.count }

  /// A pose by its pocket, whose middle is told not quite as it is: it is hardly known so well.
  ///
  /// - Parameters:
  ///   - index: The number of the pose.
  ///   - configuration: How far residues see.
  ///   - generator: Where the random numbers come from.
  /// - Returns: The complex.
  /// - Throws: `GraphError` for places that are no numbers.
  func complex(
    _ index: Int, _ configuration: DiffDockConfiguration, using generator: Generator
  ) throws -> ComplexBatch.Complex {
    let pose = poses[index]
    let pocket = pockets[pose.pocket]
    let numbers = generator.normal([3], dtype: .float64).values(as: Double.self)
    let away = SIMD3(numbers[0], numbers[1], numbers[2]) * view.jitter
    let moved = pocket.center + away
    let center = pocket.protein.canSee(from: moved) ? moved : pocket.center
    return ComplexBatch.Complex(
      pose.ligand, at: pose.places,
      try ReceptorGraph(pocket.protein.residues(around: center), configuration))
  }
}

/// What a network sees of a protein: the residues around the middle of a pocket.
struct PocketView: Sendable {
  private let nearby: [Protein.Residue]
  private let radius: Double

  /// Looks at a protein.
  ///
  /// - Parameters:
  ///   - protein: The protein.
  ///   - center: The middle of the pocket.
  ///   - radius: How far alpha carbons are seen from a middle, in Å.
  ///   - margin: How far other middles may be from this one.
  init(
    _ protein: Protein, around center: SIMD3<Double>, radius: Double, margin: Double = 0
  ) {
    self.radius = radius
    nearby = protein.residues.filter { Self.isNear($0, center, radius + margin) }
  }

  /// The residues whose alpha carbons are near, in the protein's order.
  func residues(around center: SIMD3<Double>) -> [Protein.Residue] {
    nearby.filter { Self.isNear($0, center, radius) }
  }

  /// Whether residues are seen from a middle.
  func canSee(from center: SIMD3<Double>) -> Bool {
    nearby.contains { Self.isNear($0, center, radius) }
  }

  private static func isNear(
    _ residue: Protein.Residue, _ center: SIMD3<Double>, _ radius: Double
  ) -> Bool {
    guard let place = residue.alphaCarbon else { return false }
    let difference = place - center
    return (difference * difference).sum() <= radius * radius
  }
}
