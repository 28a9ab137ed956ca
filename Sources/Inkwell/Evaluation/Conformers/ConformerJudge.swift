internal import Evaluation
internal import Foundation
internal import Torch

/// The distances of a molecule's conformers from the true one, by method.
struct ConformerDistances {
  /// The bonds that turn.
  let torsions: Int
  /// In Å, by the method's name.
  let methods: [String: [Double]]
}

/// Sums up distances of conformers, with ranges by resampling molecules.
struct ConformerJudge {
  static let thresholds = [0.5, 0.75, 1, 1.25, 2]
  /// The bonds that turn, in groups.
  static let groups: [(least: Int, most: Int?)] = [(1, 3), (4, 6), (7, 9), (10, nil)]

  let molecules: [ConformerDistances]
  let seed: UInt64

  /// The figures of a method.
  func judged(_ method: String) throws -> ConformerFigures.Judged {
    try judged { statistic in molecules.map { statistic($0.methods[method] ?? []) } }
  }

  /// The figures of a method less those of another.
  func gain(of method: String, over other: String) throws -> ConformerFigures.Judged {
    try judged { statistic in
      molecules.map { statistic($0.methods[method] ?? []) - statistic($0.methods[other] ?? []) }
    }
  }

  /// The nearest distances of the molecules with some numbers of bonds that turn.
  func group(_ least: Int, _ most: Int?, methods: [String]) throws -> ConformerFigures.Group? {
    let own = molecules.filter { $0.torsions >= least && $0.torsions <= most ?? .max }
    guard own.count > 1 else { return nil }
    return ConformerFigures.Group(
      least: least, most: most, molecules: own.count,
      nearest: try Dictionary(
        uniqueKeysWithValues: methods.map { method in
          (method, try estimate(own.map { Self.nearest($0.methods[method] ?? []) }))
        }))
  }

  private func judged(
    _ values: ((_ statistic: ([Double]) -> Double) -> [Double])
  ) throws -> ConformerFigures.Judged {
    ConformerFigures.Judged(
      recall: try Self.thresholds.map { threshold in
        try estimate(values { Self.nearest($0) <= threshold ? 1 : 0 })
      },
      nearest: try estimate(values(Self.nearest)),
      precision: try Self.thresholds.map { threshold in
        try estimate(values { Self.mean($0.map { $0 <= threshold ? 1 : 0 }) })
      },
      mean: try estimate(values(Self.mean)))
  }

  private static func nearest(_ distances: [Double]) -> Double { distances.min() ?? .infinity }

  private static func mean(_ values: [Double]) -> Double {
    values.reduce(0, +) / Double(max(values.count, 1))
  }

  /// The mean of a value of each molecule, with the range of 1,000 resamples of the molecules.
  private func estimate(_ values: [Double]) throws -> Estimate {
    try Estimate(bootstrapping: values, resamples: 1000, using: Generator(seed: seed))
  }
}
