internal import Checkpoints
internal import Evaluation
internal import Foundation
internal import Modalities
internal import Torch

/// The work of an evaluation of conformers.
struct ConformerEvaluation {
  private let request: EvaluateConformers
  private let folder: ConformerModelFolder
  private let model: ConformerModel
  private let stop: StopSignal
  private let report: (EvaluationReport) -> Void
  /// The molecules in their true conformers, one of each scaffold.
  private let molecules: [Molecule]
  private let data: String

  init(
    _ request: EvaluateConformers, folder: ConformerModelFolder, stop: StopSignal,
    report: @escaping (EvaluationReport) -> Void
  ) throws {
    self.request = request
    self.folder = folder
    self.stop = stop
    self.report = report
    model = try ConformerModel(folder)
    let source = URL(filePath: request.data)
    let file = source.appending(path: ConformerSplit.test.file)
    let path = file.path(percentEncoded: false)
    guard FileManager.default.fileExists(atPath: path) else {
      throw ConformerDataError.missing(file: path)
    }
    report(.note("reading \(file.relativePath)"))
    let records = Dictionary(
      try SDFile(contentsOf: file).records.map { ($0.name, $0.molecule) },
      uniquingKeysWith: { a, _ in a })
    data = try FileHash.sha256(of: file)
    var scaffolds: Set<String> = []
    let entries = try ConformerEntry.all(in: source)
      .filter { $0.split == .test && scaffolds.insert($0.scaffold).inserted }
    guard entries.count >= 8 else {
      throw EvaluationError.tooFew(split: "test", expected: 8, found: entries.count)
    }
    let order = try checked {
      Generator(seed: request.seed).permutation(entries.count).values(as: Int.self)
    }
    molecules = try order.prefix(request.molecules).map { index in
      guard let molecule = records[entries[index].id], molecule.hasCoordinates else {
        throw ConformerDataError.unknown(file: path, molecule: entries[index].id)
      }
      return molecule
    }
  }

  /// All figures.
  func figures() throws -> ConformerFigures {
    var progress = ProgressCounter("conformers", of: molecules.count, report: report)
    var found: [ConformerDistances] = []
    for molecule in molecules {
      try stop.check()
      if let distances = try distances(of: molecule) { found.append(distances) }
      progress.add(1)
    }
    guard found.count >= 8 else {
      throw EvaluationError.tooFew(split: "test", expected: 8, found: found.count)
    }
    let judge = ConformerJudge(molecules: found, seed: request.seed)
    let names = ["model", "etkdg", "random", "matched"]
    return ConformerFigures(
      model: folder.name, files: try folder.hashes(), data: data, molecules: found.count,
      withoutConformer: molecules.count - found.count, conformers: request.conformers,
      thresholds: ConformerJudge.thresholds,
      methods: try Dictionary(uniqueKeysWithValues: names.map { ($0, try judge.judged($0)) }),
      gain: try judge.gain(of: "model", over: "etkdg"),
      groups: try ConformerJudge.groups.compactMap {
        try judge.group($0.least, $0.most, methods: names)
      })
  }

  /// The distances of all methods' conformers; nothing if RDKit finds none.
  private func distances(of truth: Molecule) throws -> ConformerDistances? {
    guard let target = try truth.places else { return nil }
    // Nothing of the true places is left but what is right and left.
    let molecule = try FlexibleMolecule(
      truth.placed(at: nil as Tensor?), hydrogens: model.details.hydrogens)
    let seeds = (0..<request.conformers).map { request.seed &+ UInt64($0) }
    let starts: [Places]
    do {
      starts = try seeds.map { try molecule.start(seed: $0) }
    } catch MoleculeError.conformer {
      return nil
    }
    let turned = try checked {
      try model.turned(
        molecule, starts: starts, seeds: seeds, request.sampling ?? model.details.sampling,
        onStep: { try stop.check() })
    }
    let count = molecule.torsions.bonds.count
    let random = zip(starts, seeds).map { start, seed in
      let angles = (Generator(seed: seed).uniform([count], dtype: .float64) * 2 - 1) * Double.pi
      return molecule.torsions.turned(start, by: angles.values(as: Double.self))
    }
    func distances(_ places: [Places]) throws -> [Double] {
      try places.map {
        try truth.placed(at: Array($0.prefix(target.count))).distance(to: truth, aligned: true)
      }
    }
    let heavy = truth.torsions
    return ConformerDistances(
      torsions: count,
      methods: [
        "model": try distances(turned), "etkdg": try distances(starts),
        "random": try distances(random),
        "matched": try distances(
          starts.map { heavy.matched(Array($0.prefix(target.count)), to: target).places }),
      ])
  }
}
