internal import Files
public import Foundation
internal import Modalities

/// Builds the data set of molecules: those of MOSES in SMILES, on MOSES' own splits.
///
/// Polykovskiy et al. 2020, https://doi.org/10.3389/fphar.2020.565644. The result is a folder of
/// `train.csv`, the molecules to train on with what RDKit computes of them; `moses-train.smi`, all
/// that MOSES trains on, against which novelty is told; `test.smi` and `test_scaffolds.smi`; and
/// `metadata.jsonl`, `sources.json` and `LICENSES.md`. The same package and the same RDKit give the
/// same bytes.
public struct MoleculeDataset: Codable, Sendable, Equatable {
  /// How many molecules are trained on, at most, unless something else is asked for.
  public static let standardTraining = 300_000

  /// The folder to make; one that this made before is replaced as a whole.
  public var output: URL
  /// How many molecules are trained on, at most; each takes RDKit about a millisecond.
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
    /// The molecules of each split of MOSES.
    public let molecules: [String: Int]
    /// The molecules to train on.
    public let training: Int
    /// How many of these RDKit writes otherwise than MOSES has them.
    public let rewritten: Int
  }

  /// Fetches what is needed and builds the data set.
  ///
  /// - Parameter report: Is told what is being done, a sentence at a time.
  /// - Returns: What was made.
  /// - Throws: `DatasetError`, `MoleculeError`, or what the file system threw.
  public func callAsFunction(report: (String) -> Void = { _ in }) throws -> Summary {
    guard (1...2_000_000).contains(training) else {
      throw DatasetError.range(what: "molecules to train on", most: 2_000_000, found: training)
    }
    let place = DatasetPlace(output: output)
    try place.check()
    let packages = try EmojiSources.molecules().packages
    let folders = try withoutActuallyEscaping(report) { report in
      try place.folders(
        of: packages, sources: sources, cache: cache, fallback: "molecule-sources", report: report)
    }
    let package = packages[0]
    guard let folder = folders[package.name] else {
      throw DatasetError.missing(path: package.name, hint: "It is the pinned package.")
    }
    var splits: [MosesSplit: [String]] = [:]
    for split in MosesSplit.allCases {
      report("Reading \(split.rawValue)")
      splits[split] = try split.molecules(in: folder, of: package)
    }
    do {
      Folder.discard(place.part)
      try Folder.make(place.part)
      let summary = try write(splits, of: package, to: place.part, report: report)
      try Folder.replace(output, with: place.part)
      return summary
    } catch {
      Folder.discard(place.part)
      throw error
    }
  }

  private func write(
    _ splits: [MosesSplit: [String]], of package: EmojiSources.Package, to folder: URL,
    report: (String) -> Void
  ) throws -> Summary {
    for (split, molecules) in splits {
      try Data(molecules.map { "\($0)\n" }.joined().utf8).write(
        to: folder.appending(path: split.file))
    }
    let all = splits[.train] ?? []
    let count = min(training, all.count)
    report("Computing properties of \(count) molecules")
    var entries: [MoleculeEntry] = []
    entries.reserveCapacity(count)
    var rewritten = 0
    for number in 0..<count {
      // Spread evenly over the file.
      let text = all[number * all.count / count]
      let molecule = try Molecule(smiles: text)
      let entry = try MoleculeEntry(molecule)
      if entry.smiles != text { rewritten += 1 }
      entries.append(entry)
      if (number + 1).isMultiple(of: 20_000) { report("Computed \(number + 1) of \(count)") }
    }
    try MoleculeEntry.write(entries, to: folder.appending(path: MoleculeEntry.file))
    let lines =
      splits.map { MoleculeListing($0.file, $1.count, package) }
      + [MoleculeListing(MoleculeEntry.file, count, package)]
    try DatasetPlace.writeLists(
      lines.sorted { $0.fileName < $1.fileName }, from: [package],
      change: "Properties were computed by RDKit, which wrote the molecules of train.csv anew.",
      to: folder)
    return Summary(
      molecules: Dictionary(uniqueKeysWithValues: splits.map { ($0.rawValue, $1.count) }),
      training: count, rewritten: rewritten)
  }
}

/// A line of `metadata.jsonl`.
private struct MoleculeListing: Encodable {
  let fileName: String
  let molecules: Int
  let license: String
  let source: String

  init(_ fileName: String, _ molecules: Int, _ package: EmojiSources.Package) {
    (self.fileName, self.molecules) = (fileName, molecules)
    (license, source) = (package.license, package.label)
  }

  enum CodingKeys: String, CodingKey {
    case fileName = "file_name"
    case molecules, license, source
  }
}

extension EmojiSources {
  /// The package that the molecules are from, pinned in `Data/molecules/sources.json`.
  static func molecules() throws -> EmojiSources {
    try JSONDecoder().decode(
      EmojiSources.self, from: Data(PackageResources.molecules_sources_json))
  }
}
