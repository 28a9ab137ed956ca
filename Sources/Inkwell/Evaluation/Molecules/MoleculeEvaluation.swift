internal import Checkpoints
internal import Evaluation
internal import Foundation
internal import Modalities
internal import Models
internal import Torch

/// The work of an evaluation of molecules.
struct MoleculeEvaluation {
  private let request: EvaluateMolecules
  private let folder: MoleculeModelFolder
  private let model: MoleculeModel
  private let stop: StopSignal
  private let report: (EvaluationReport) -> Void
  private let judge: MoleculeJudge
  /// Molecules of each held-out split that are no part of the reference, in canonical SMILES.
  private let others: [MosesSplit: [String]]
  private let training: [MoleculeEntry]
  private let data: [String: String]

  /// How many symbols before it the next one of the baseline depends on.
  private static let order = 5
  private static let heldOut = [MosesSplit.test, .testScaffolds]

  init(
    _ request: EvaluateMolecules, folder: MoleculeModelFolder, stop: StopSignal,
    report: @escaping (EvaluationReport) -> Void
  ) throws {
    self.request = request
    self.folder = folder
    self.stop = stop
    self.report = report
    model = try MoleculeModel(folder)
    let source = URL(filePath: request.data)
    report(.note("reading \(source.relativePath)"))
    training = try MoleculeEntry.all(in: source)
    let known = try Set(MosesSplit.train.molecules(of: source)).union(training.map(\.smiles))
    data = try Dictionary(
      uniqueKeysWithValues: (MosesSplit.allCases.map(\.file) + [MoleculeEntry.file]).map {
        ($0, try FileHash.sha256(of: source.appending(path: $0)))
      })
    let network = try EvaluationNetwork.chemNet(cache: evaluationCache(request.cache)) {
      report(.note($0))
    }
    var references: [String: SeenMolecules] = [:]
    var others: [MosesSplit: [String]] = [:]
    for split in Self.heldOut {
      let drawn = try Self.drawn(
        2 * request.texts, of: split.molecules(of: source), seed: request.seed)
      guard drawn.count >= 32 else {
        throw EvaluationError.tooFew(split: split.rawValue, expected: 32, found: drawn.count)
      }
      let half = drawn.count / 2
      var progress = ProgressCounter(split.rawValue, of: half, report: report)
      references[split.rawValue] = try SeenMolecules(
        Self.canonical(drawn.prefix(half)), by: network
      ) {
        try stop.check()
        progress.add($0)
      }
      others[split] = try Self.canonical(drawn.dropFirst(half))
    }
    self.others = others
    judge = MoleculeJudge(
      references: references, known: known, network: network, seed: request.seed, stop: stop,
      report: report)
  }

  /// Some of the texts, in an order at random.
  private static func drawn(_ count: Int, of texts: [String], seed: UInt64) throws -> [String] {
    let order = try checked {
      Generator(seed: seed).permutation(texts.count).values(as: Int.self)
    }
    return order.prefix(count).map { texts[$0] }
  }

  private static func canonical(_ texts: some Sequence<String>) throws -> [String] {
    try texts.map { try Molecule(smiles: $0).smiles }
  }

  /// All figures.
  func figures() throws -> MoleculeFigures {
    var sets: [String: MoleculeFigures.Judged] = [:]
    let made = try molecules(
      [[MoleculeProperty: Double]](repeating: [:], count: request.texts), "texts")
    sets["model"] = try judge.judged(made.map(\.smiles), "the model")
    sets["chain"] = try judge.judged(chain(), "the chain")
    for split in Self.heldOut {
      sets[split.rawValue] = try judge.judged(others[split] ?? [], split.rawValue)
    }
    sets["train"] = try judge.judged(
      Self.drawn(request.texts, of: training.map(\.smiles), seed: request.seed), "train")
    return MoleculeFigures(
      model: folder.name, files: try folder.hashes(), data: data,
      reference: judge.references.values.map(\.smiles.count).min() ?? 0, sets: sets,
      order: Self.order, asks: request.asks,
      asked: try model.details.properties.map { try asked($0, without: made) })
  }

  /// What the model writes when it is asked for some properties, each text for its own.
  private func molecules(
    _ wanted: [[MoleculeProperty: Double]], guidance: Double = 1, _ activity: String
  ) throws -> [GeneratedMolecule] {
    var progress = ProgressCounter(activity, of: wanted.count, report: report)
    let features = PropertyFeatures(scales: model.details.scales)
    return try stride(from: 0, to: wanted.count, by: 256).flatMap { start in
      let some = wanted[start..<min(start + 256, wanted.count)]
      let seeds = some.indices.map { request.seed &+ UInt64($0) }
      let texts = try checked {
        try withoutGradients {
          try model.texts(
            features(some.map { row in model.details.properties.map { row[$0] } }), seeds: seeds,
            model.details.sampling, guidance: guidance, onStep: { try stop.check() })
        }
      }
      progress.add(some.count)
      return zip(texts, seeds).map { GeneratedMolecule(text: $0, seed: $1) }
    }
  }

  /// The texts of the baseline, which learnt from what the model learnt from.
  private func chain() throws -> [String?] {
    report(.note("learning the chain"))
    let chain = SymbolChain(
      try training.map { try SMILESSymbols.symbols(of: $0.smiles) }, order: Self.order)
    return try checked {
      (0..<request.texts).map { number in
        let generator = Generator(seed: request.seed &+ UInt64(number))
        return GeneratedMolecule(text: chain.text(using: generator, longest: 128), seed: 0).smiles
      }
    }
  }

  /// How near molecules are to a property that was asked for, as some real molecule has it.
  private func asked(
    _ property: MoleculeProperty, without made: [GeneratedMolecule]
  ) throws -> MoleculeFigures.Asked {
    let count = min(request.asks, others[.test]?.count ?? 0)
    let place = model.details.properties.firstIndex(of: property) ?? 0
    let scale = model.details.scales[place]
    let targets = try (others[.test] ?? []).prefix(count).map { smiles in
      let value = property.value(in: try Molecule(smiles: smiles).properties)
      return min(max(value, scale.least), scale.most)
    }
    func errors(_ molecules: [GeneratedMolecule]) throws -> Estimate {
      let errors = zip(molecules, targets).compactMap { molecule, target in
        molecule.properties.map { abs(property.value(in: $0) - target) }
      }
      guard errors.count > 1 else {
        throw EvaluationError.tooFew(split: property.rawValue, expected: 2, found: errors.count)
      }
      return try Estimate(
        bootstrapping: errors, resamples: 1000, using: Generator(seed: request.seed))
    }
    var error = ["none": try errors(Array(made.prefix(count)))]
    var valid = [
      "none": Estimate(successes: made.prefix(count).count { $0.smiles != nil }, of: count)
    ]
    for guidance in request.guidances {
      let name = PageNumber.short(guidance)
      let molecules = try molecules(
        targets.map { [property: $0] }, guidance: guidance, "\(property.rawValue) at \(name)")
      error[name] = try errors(molecules)
      valid[name] = Estimate(
        successes: molecules.count { $0.smiles != nil }, of: molecules.count)
    }
    return MoleculeFigures.Asked(property: property.rawValue, error: error, valid: valid)
  }
}
