internal import Evaluation
internal import Foundation
internal import Modalities
internal import Models
internal import Torch

/// Molecules as the measures see them.
struct SeenMolecules {
  /// Canonical SMILES, one for each.
  let smiles: [String]
  /// What ChemNet sees, `[molecules, 512]`.
  let features: Tensor
  let fingerprints: Fingerprints
  /// How many have each scaffold of two rings or more.
  let scaffolds: [String: Int]

  /// How many molecules ChemNet sees at once.
  private static let atOnce = 128

  /// Looks at molecules.
  ///
  /// - Parameters:
  ///   - smiles: Canonical SMILES, at least two.
  ///   - network: Sees them.
  ///   - onBatch: Called after some; what it throws ends the run.
  /// - Throws: `MoleculeError`, or what `onBatch` throws.
  init(_ smiles: [String], by network: ChemNet, onBatch: (Int) throws -> Void) throws {
    self.smiles = smiles
    var (features, bits): ([Tensor], [UInt8]) = ([], [])
    var scaffolds: [String: Int] = [:]
    for start in stride(from: 0, to: smiles.count, by: Self.atOnce) {
      let some = Array(smiles[start..<min(start + Self.atOnce, smiles.count)])
      features.append(withoutGradients { network(some) })
      for text in some {
        let molecule = try Molecule(smiles: text)
        bits += try molecule.fingerprint()
        let scaffold = try molecule.scaffold
        if scaffold.bonds.count > scaffold.atoms.count {
          scaffolds[try scaffold.smiles, default: 0] += 1
        }
      }
      try onBatch(some.count)
    }
    self.features = features.concatenated()
    fingerprints = Fingerprints(Tensor(bits, shape: [smiles.count, bits.count / smiles.count]))
    self.scaffolds = scaffolds
  }
}

/// Judges sets of texts by the measures of MOSES.
struct MoleculeJudge {
  /// The molecules of each held-out split that texts are compared with.
  let references: [String: SeenMolecules]
  /// All molecules that MOSES trains on, in its SMILES and in RDKit's.
  let known: Set<String>
  let network: ChemNet
  let seed: UInt64
  let stop: StopSignal
  let report: (EvaluationReport) -> Void

  private static let resamples = 50

  /// The figures of some texts.
  ///
  /// - Parameters:
  ///   - texts: The canonical SMILES of each text, and nothing for each that is no molecule.
  ///   - name: What they are called.
  /// - Returns: The figures.
  /// - Throws: ``EvaluationError/tooFew(split:expected:found:)`` for fewer than 16 molecules, or
  ///   what is wrong with one.
  func judged(_ texts: [String?], _ name: String) throws -> MoleculeFigures.Judged {
    let valid = texts.compactMap { $0 }
    guard valid.count >= 16 else {
      throw EvaluationError.tooFew(split: name, expected: 16, found: valid.count)
    }
    var progress = ProgressCounter("molecules of \(name)", of: valid.count, report: report)
    let seen = try SeenMolecules(valid, by: network) {
      try stop.check()
      progress.add($0)
    }
    let different = Set(valid)
    let first = valid.prefix(1000)
    report(.note("comparing \(name)"))
    let likeness = seen.fingerprints.meanLikeness(to: seen.fingerprints)
    return MoleculeFigures.Judged(
      texts: texts.count,
      valid: Estimate(successes: valid.count, of: texts.count),
      unique1000: Estimate(successes: Set(first).count, of: first.count),
      unique: Estimate(successes: different.count, of: valid.count),
      novel: Estimate(
        successes: different.count { !known.contains($0) }, of: different.count),
      diversity: Estimate(meanOf: likeness.map { 1 - $0 }),
      distance: try references.mapValues { reference in
        try FrechetDistance(seen.features, from: FeatureMoments(reference.features)).estimate(
          resamples: Self.resamples, using: Generator(seed: seed)
        ) { _ in try stop.check() }
      },
      nearest: references.mapValues { reference in
        Estimate(meanOf: seen.fingerprints.nearestLikeness(to: reference.fingerprints))
      },
      scaffolds: references.mapValues { Self.cosine(seen.scaffolds, $0.scaffolds) })
  }

  /// The cosine of the angle between two tables of numbers.
  static func cosine(_ a: [String: Int], _ b: [String: Int]) -> Double {
    func length(_ table: [String: Int]) -> Double {
      table.values.reduce(0.0) { $0 + Double($1 * $1) }.squareRoot()
    }
    let product = a.reduce(0.0) { $0 + Double($1.value * (b[$1.key] ?? 0)) }
    let lengths = length(a) * length(b)
    return lengths > 0 ? product / lengths : 0
  }
}
