internal import Checkpoints
internal import Foundation
internal import Modalities
internal import Models

/// Molecules in conformers to learn from.
struct ConformerSet {
  /// What the network is told of each molecule.
  let graphs: [MoleculeGraph]
  /// The places of its atoms in Å.
  let places: [Places]
  /// The SHA-256 of the file.
  let hash: String

  /// Reads the conformers of a split whose bond lengths and angles are RDKit's.
  ///
  /// - Parameters:
  ///   - folder: A folder of `inkwell dataset conformers`.
  ///   - split: The split.
  ///   - most: The most molecules to read.
  /// - Throws: ``ConformerDataError``, `MoleculeError`, `MoleculeGraphError` or `FileError`.
  init(folder: URL, split: ConformerSplit, most: Int = .max) throws {
    let file = folder.appending(path: split.matchedFile)
    let path = file.path(percentEncoded: false)
    guard FileManager.default.fileExists(atPath: path) else {
      throw ConformerDataError.missing(file: path)
    }
    var (graphs, places): ([MoleculeGraph], [Places]) = ([], [])
    for record in try SDFile(contentsOf: file).records.prefix(most) {
      let graph = try MoleculeGraph(record.molecule)
      guard let own = try record.molecule.places else {
        throw ConformerDataError.flat(file: path, molecule: record.name)
      }
      guard !graph.torsions.bonds.isEmpty else {
        throw ConformerDataError.rigid(file: path, molecule: record.name)
      }
      graphs.append(graph)
      places.append(own)
    }
    self.graphs = graphs
    self.places = places
    hash = try FileHash.sha256(of: file)
  }

  /// How many molecules there are.
  var count: Int { graphs.count }
}

/// What is wrong with a folder of conformers.
public enum ConformerDataError: Error, Sendable, Hashable, CustomStringConvertible {
  /// A file is not there.
  case missing(file: String)
  /// A molecule has no places in space.
  case flat(file: String, molecule: String)
  /// A molecule has no bond that turns.
  case rigid(file: String, molecule: String)
  /// A line of `metadata.jsonl` tells of a molecule that its file does not have.
  case unknown(file: String, molecule: String)

  /// What was expected, what was found and where.
  public var description: String {
    switch self {
    case .missing(let file):
      "\(file) is not there. `inkwell dataset conformers` makes it."
    case .flat(let file, let molecule):
      "\(file), \(molecule): expected places in space, found none"
    case .rigid(let file, let molecule):
      "\(file), \(molecule): expected a bond that turns, found none"
    case .unknown(let file, let molecule):
      "\(file): expected a record of \(molecule), of which metadata.jsonl tells, found none"
    }
  }
}
