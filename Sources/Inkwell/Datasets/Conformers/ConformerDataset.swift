internal import Files
public import Foundation
internal import Modalities

/// Builds the data set of conformers: molecules as they were seen bound to proteins.
///
/// The result is a folder of SD files, `train.sdf`, `validation.sdf` and `test.sdf`, with
/// `metadata.jsonl`, `sources.json` and `LICENSES.md`; `train-matched.sdf` and
/// `validation-matched.sdf` have the same molecules with RDKit's bond lengths and angles and the
/// torsions that bring them nearest to the true ones. Whole scaffolds are held out. The same
/// package and the same RDKit give the same bytes.
public struct ConformerDataset: Codable, Sendable, Equatable {
  /// How many molecules are trained on, at most, unless something else is asked for.
  public static let standardTraining = 6_000

  /// The folder to make; one that this made before is replaced as a whole.
  public var output: URL
  /// How many molecules are trained on, at most; each takes RDKit about a tenth of a second.
  public var training: Int
  /// A folder of unpacked packages to use in place of downloads, one folder a package.
  public var sources: URL?
  /// Where downloads are kept; beside the output without one.
  public var cache: URL?

  /// Makes a request.
  public init(
    output: URL, training: Int = standardTraining, sources: URL? = nil, cache: URL? = nil
  ) {
    self.output = output
    self.training = training
    self.sources = sources
    self.cache = cache
  }

  /// What a build made.
  public struct Summary: Codable, Sendable, Equatable {
    /// The molecules of each split.
    public let molecules: [String: Int]
    /// The scaffolds of each split.
    public let scaffolds: [String: Int]
    /// The components that were left out, by the reason.
    public let leftOut: [String: Int]
    /// The distances of matched conformers from the true ones that a tenth, a half and nine tenths
    /// of them stay below, in Å.
    public let matchedDistances: [Double]
  }

  /// Fetches what is needed and builds the data set.
  ///
  /// - Parameter report: Is told what is being done, a sentence at a time.
  /// - Returns: What was made.
  /// - Throws: `DatasetError`, `BinaryCIFError`, `MoleculeError`, or what the file system threw.
  public func callAsFunction(report: (String) -> Void = { _ in }) throws -> Summary {
    guard (1...100_000).contains(training) else {
      throw DatasetError.count(what: "molecules to train on", found: training)
    }
    let place = DatasetPlace(output: output)
    try place.check()
    let packages = try EmojiSources.conformers().packages
    let folders = try withoutActuallyEscaping(report) { report in
      try place.folders(
        of: packages, sources: sources, cache: cache, fallback: "conformer-sources", report: report)
    }
    let package = packages[0]
    guard let folder = folders[package.name] else {
      throw DatasetError.missing(path: package.name, hint: "It is the pinned package.")
    }
    let file = folder.appending(path: "biotite/structure/info/components.bcif")
    let path = file.path(percentEncoded: false)
    guard FileManager.default.fileExists(atPath: path) else {
      throw DatasetError.missing(path: path, hint: "It is part of \(package.label).")
    }
    report("Reading the Chemical Component Dictionary")
    let data = try Data(contentsOf: file, options: .alwaysMapped)
    let components = try ChemicalComponents(BinaryCIF(data, source: path))
    var maker = ConformerDatasetMaker(package: package, training: training)
    report("Looking at \(components.components.count) components")
    try maker.read(components)
    do {
      Folder.discard(place.part)
      try Folder.make(place.part)
      let entries = try maker.write(to: place.part, report: report)
      try DatasetPlace.writeLists(
        entries, from: packages,
        change: "Atoms but hydrogens are as they were; matched conformers are made by RDKit.",
        to: place.part)
      try Folder.replace(output, with: place.part)
    } catch {
      Folder.discard(place.part)
      throw error
    }
    return maker.summary
  }
}

/// The work of building the data set.
struct ConformerDatasetMaker {
  let package: EmojiSources.Package
  let training: Int
  private var chosen: [(entry: ConformerEntry, molecule: Molecule)] = []
  private var leftOut: [String: Int] = [:]
  private var distances: [Double] = []

  init(package: EmojiSources.Package, training: Int) {
    (self.package, self.training) = (package, training)
  }

  /// Takes the molecules of a dictionary that fit, each once.
  mutating func read(_ dictionary: ChemicalComponents) throws {
    var seen: Set<String> = []
    var room = training
    // In an order by chance that is the same in every build.
    let order = dictionary.components
      .map { (StableHash.fraction("inkwell conformers order \($0.id)"), $0) }
      .sorted { ($0.0, $0.1.id) < ($1.0, $1.1.id) }
    for (_, component) in order {
      switch component.molecule() {
      case .failure(let reason): leftOut[reason.rawValue, default: 0] += 1
      case .success(let molecule):
        let smiles = try molecule.smiles
        guard seen.insert(smiles).inserted else {
          leftOut[ChemicalComponents.Component.Misfit.repeated.rawValue, default: 0] += 1
          continue
        }
        let entry = try self.entry(of: component, molecule, smiles)
        if entry.split == .train {
          guard room > 0 else { continue }
          room -= 1
        }
        chosen.append((entry, molecule))
      }
    }
    chosen.sort { $0.entry.id < $1.entry.id }
  }

  private func entry(
    of component: ChemicalComponents.Component, _ molecule: Molecule, _ smiles: String
  ) throws -> ConformerEntry {
    let scaffold = try molecule.scaffold
    let name = try scaffold.atoms.isEmpty ? "" : scaffold.smiles(stereochemistry: false)
    let split = ConformerSplit(scaffold: name)
    return ConformerEntry(
      fileName: split.file, id: component.id, smiles: smiles, scaffold: name,
      atoms: molecule.atoms.count, torsions: molecule.torsions.bonds.count,
      initialDate: component.date, entry: component.entry, split: split, license: package.license,
      source: package.label)
  }

  /// Matches conformers and writes the SD files.
  ///
  /// - Parameters:
  ///   - folder: The folder.
  ///   - report: Told what is being done.
  /// - Returns: A line for each molecule.
  /// - Throws: `MoleculeError`, or what the file system threw.
  mutating func write(to folder: URL, report: (String) -> Void) throws -> [ConformerEntry] {
    var entries: [ConformerEntry] = []
    for split in ConformerSplit.allCases {
      var own = chosen.filter { $0.entry.split == split }
      guard !own.isEmpty else { continue }
      if split != .test {
        report("Matching conformers of \(own.count) molecules of \(split.rawValue)")
        let matches = try ConformerMatch.all(of: own.map { ($0.entry.id, $0.molecule) }) { done in
          if done % 1024 == 0 { report("Matched \(done) of \(own.count)") }
        }
        for (index, match) in matches.enumerated() {
          own[index].entry.matchedDistance = match.map { ($0.distance * 1e4).rounded() / 1e4 }
        }
        distances += matches.compactMap { $0?.distance }
        try SDFile(
          zip(own, matches).compactMap { item, match in
            match.map { SDRecord($0.molecule, name: item.entry.id) }
          }
        ).save(to: folder.appending(path: split.matchedFile))
      }
      try SDFile(own.map { SDRecord($0.molecule, name: $0.entry.id) })
        .save(to: folder.appending(path: split.file))
      entries += own.map(\.entry)
    }
    return entries
  }

  /// What was made.
  var summary: ConformerDataset.Summary {
    let groups = Dictionary(grouping: chosen.map(\.entry)) { $0.split.rawValue }
    let sorted = distances.sorted()
    return ConformerDataset.Summary(
      molecules: groups.mapValues(\.count),
      scaffolds: groups.mapValues { Set($0.map(\.scaffold)).count },
      leftOut: leftOut,
      matchedDistances: sorted.isEmpty
        ? [] : [0.1, 0.5, 0.9].map { sorted[Int($0 * Double(sorted.count - 1))] })
  }
}

extension EmojiSources {
  /// The package that the conformers are from, pinned in `Data/conformers/sources.json`.
  static func conformers() throws -> EmojiSources {
    try JSONDecoder().decode(
      EmojiSources.self, from: Data(PackageResources.conformers_sources_json))
  }
}
