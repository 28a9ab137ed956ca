internal import Checkpoints
internal import Foundation
internal import Modalities
internal import Models
internal import Torch

/// Docks a molecule: makes poses of it in the pocket of a protein.
///
/// RDKit makes bond lengths, angles and rings; the model moves the whole and turns the bonds. Then
/// poses settle where a score of shapes is least nearby, and they are in its order, or in that of
/// the model's confidence where it has any. Nothing is said of how strongly a molecule binds.
///
/// ```swift
/// let request = try Dock.Request(
///   model: "runs/docking/model", protein: "protein.pdb",
///   ligand: .init(name: "aspirin", smiles: "CC(=O)Oc1ccccc1C(=O)O"),
///   center: SIMD3(12.5, 3, -8))
/// for try await event in Dock()(request) {
///   if case .made(let poses) = event { try poses.file.save(to: URL(filePath: "poses.sdf")) }
/// }
/// ```
public struct Dock: RepeatableTask {
  /// What a file that was made carries.
  public typealias Record = DockingRecord

  /// One: the network is small.
  public static let usualThreads = 1

  /// Where models are found.
  public var library: ModelLibrary
  /// The threads of one operation; one if not given, for the network is small.
  public var threads: Int?

  /// The task.
  public init(library: ModelLibrary = .standard, threads: Int? = nil) {
    self.library = library
    self.threads = threads
  }

  /// What happens while poses are made.
  public enum Event: Sendable {
    /// The model is being read.
    case loading(model: String)
    /// Poses are at a step, counted from 0; the number of steps, and of residues that are seen.
    case step(Int, of: Int, residues: Int)
    /// All are ready; each says how it was made.
    case made(DockedPoses)
  }

  /// Makes what is asked for on this thread.
  public func make(
    _ request: Request, by name: String?, expected: DockingRecord?, until stop: StopSignal,
    _ report: @escaping (Event) -> Void
  ) throws {
    let folder = try library.dockingModel(name ?? request.model)
    report(.loading(model: folder.name))
    let hashes = try folder.hashes()
    if let expected { try check(hashes, are: expected.files, in: folder.url) }
    let file = URL(filePath: request.protein)
    let protein = try Protein(contentsOf: file)
    let proteinHash = try FileHash.sha256(of: file)
    guard expected.map({ $0.protein == proteinHash }) ?? true else {
      throw ProvenanceError.otherSource(file: request.protein)
    }
    let maker = DockingMaker(model: try DockingModel(folder), site: DockingSite(protein))
    let record = DockingRecord(
      request: request, files: hashes, protein: proteinHash, threads: Machine.threads)
    report(.made(try maker.poses(request, record, stop, report)))
  }
}

/// Makes the poses of one ligand after the other by one protein.
struct DockingMaker {
  let model: DockingModel
  let site: DockingSite

  /// The poses of a request.
  ///
  /// - Throws: `MoleculeError` or `MoleculeGraphError` for a ligand that cannot be, has too many
  ///   atoms or several parts; ``PoseDataError`` for a pocket without residues; `PoseError`.
  func poses(
    _ request: Dock.Request, _ record: DockingRecord, _ stop: StopSignal,
    _ report: (Dock.Event) -> Void
  ) throws -> DockedPoses {
    let ligand = try Self.ligand(request)
    let graph = try LigandGraph(ligand)
    let receptor = try self.receptor(around: request.center)
    let seeds = (0..<request.count).map { request.seed &+ UInt64($0) }
    let whole = try ligand.addingHydrogens()
    let conformers = try seeds.map { seed in
      try stop.check()
      return try whole.embedded(seed: UInt32(truncatingIfNeeded: seed)).removingHydrogens().places
        ?? []
    }
    let sampling = request.sampling ?? model.details.sampling
    var ways = [[Places]](repeating: [], count: seeds.count)
    let sampler = PoseSampler(
      model.network,
      walk: PoseWalk(
        noise: model.network.configuration.noise, isRandom: sampling.method == .walk),
      steps: sampling.steps)
    _ = try checked {
      try sampler.poses(
        of: graph, from: conformers, by: receptor, around: request.center, seeds: seeds
      ) { pose, places in
        try stop.check()
        if pose == 0 {
          report(.step(ways[0].count, of: sampling.steps, residues: receptor.places.count))
        }
        ways[pose].append(places)
      }
    }
    if sampling.settles {
      let settling = try PoseSettling(ligand, by: site.score)
      for index in ways.indices {
        try stop.check()
        if let last = ways[index].last { ways[index].append(settling.settled(last)) }
      }
    }
    let seen = try residues(around: request.center)
    return try DockedPoses(
      zip(seeds, ways).map { seed, way in
        try stop.check()
        return try DockedPose(
          seed: seed, way: way, of: ligand, by: site,
          confidence: model.confidence(of: graph, at: way.last ?? [], by: seen))
      },
      of: ligand, name: request.name, record: record)
  }

  /// The residues that the network sees.
  func receptor(around center: SIMD3<Double>) throws -> ReceptorGraph {
    try ReceptorGraph(residues(around: center), model.network.configuration)
  }

  /// The residues within the model's radius of a place; at least one.
  private func residues(around center: SIMD3<Double>) throws -> [Protein.Residue] {
    let radius = model.details.pocketRadius
    let view = PocketView(site.protein, around: center, radius: radius)
    guard view.canSee(from: center) else {
      throw PoseDataError.noPocket(target: "the protein", radius: radius)
    }
    return view.residues(around: center)
  }

  /// The ligand without places, its hydrogens counted by the atoms that bear them.
  static func ligand(_ request: Dock.Request) throws -> Molecule {
    let molecule = try Molecule(smiles: request.smiles)
    let most = Dock.Request.mostAtoms
    guard molecule.atoms.count <= most else {
      throw MoleculeError.tooLarge(
        source: request.name,
        reason: "\(molecule.atoms.count) atoms without hydrogens, the limit is \(most)")
    }
    guard molecule.isConnected else {
      throw MoleculeError.text(
        source: request.name, expected: "one molecule", reason: "it has several parts")
    }
    return molecule
  }
}
