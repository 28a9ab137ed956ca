internal import Foundation
public import Modalities
internal import Models
internal import Torch

/// Makes conformers of molecules: places of their atoms as they may be seen bound to a protein.
///
/// RDKit makes bond lengths, angles and rings; the model turns the bonds. Energies are not looked
/// at.
///
/// ```swift
/// let aspirin = MakeConformers.Subject(name: "aspirin", smiles: "CC(=O)Oc1ccccc1C(=O)O")
/// let request = try MakeConformers.Request(molecules: [aspirin], count: 5)
/// for try await event in MakeConformers()(request) {
///   if case .made(let file) = event { try file.save(to: URL(filePath: "aspirin.sdf")) }
/// }
/// ```
public struct MakeConformers: RepeatableTask {
  /// What a file that was made carries.
  public typealias Record = ConformerRecord

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

  /// What happens while conformers are made.
  public enum Event: Sendable {
    /// The model is being read.
    case loading(model: String)
    /// The conformers of a molecule are ready, the number of which is counted from 1; how many of
    /// its bonds turn.
    case molecule(Subject, torsions: Int, Int, of: Int)
    /// All are ready; each record says how they were made.
    case made(SDFile)
  }

  /// Makes what is asked for on this thread.
  public func make(
    _ request: Request, by name: String?, expected: ConformerRecord?, until stop: StopSignal,
    _ report: @escaping (Event) -> Void
  ) throws {
    let folder = try library.conformerModel(name ?? request.model)
    report(.loading(model: folder.name))
    let hashes = try folder.hashes()
    if let expected { try check(hashes, are: expected.files, in: folder.url) }
    let maker = ConformerMaker(
      model: try ConformerModel(folder), request: request, stop: stop)
    let record = try ConformerRecord(
      request: request, files: hashes, threads: Machine.threads
    ).line
    var records: [SDRecord] = []
    for (index, subject) in request.molecules.enumerated() {
      try stop.check()
      let molecule = try maker.molecule(subject)
      records += try maker.conformers(of: molecule).map {
        SDRecord($0, name: subject.name, properties: [(SDRecord.requestProperty, record)])
      }
      report(
        .molecule(
          subject, torsions: molecule.torsions.bonds.count, index + 1,
          of: request.molecules.count))
    }
    report(.made(SDFile(records)))
  }
}

/// Makes conformers of one molecule after the other.
struct ConformerMaker {
  let model: ConformerModel
  let request: MakeConformers.Request
  let stop: StopSignal

  /// Looks at a molecule.
  ///
  /// - Throws: `MoleculeError` or `MoleculeGraphError` for one that cannot be, has too many atoms
  ///   or several parts, or elements that the network does not know.
  func molecule(_ subject: MakeConformers.Subject) throws -> FlexibleMolecule {
    let molecule = try Molecule(smiles: subject.smiles)
    let most = MakeConformers.Request.mostAtoms
    guard molecule.atoms.count <= most else {
      throw MoleculeError.tooLarge(
        source: subject.name,
        reason: "\(molecule.atoms.count) atoms without hydrogens, the limit is \(most)")
    }
    guard molecule.isConnected else {
      throw MoleculeError.text(
        source: subject.name, expected: "one molecule", reason: "it has several parts")
    }
    return try FlexibleMolecule(molecule, hydrogens: model.details.hydrogens)
  }

  /// The molecule in conformers of the request's seeds.
  func conformers(of molecule: FlexibleMolecule) throws -> [Molecule] {
    let seeds = (0..<request.count).map { request.seed &+ UInt64($0) }
    let starts = try seeds.map { seed in
      try stop.check()
      return try molecule.start(seed: seed)
    }
    let places = try checked {
      try model.turned(
        molecule, starts: starts, seeds: seeds, request.sampling ?? model.details.sampling,
        onStep: { try stop.check() })
    }
    return try places.map { try molecule.whole.placed(at: $0) }
  }
}
