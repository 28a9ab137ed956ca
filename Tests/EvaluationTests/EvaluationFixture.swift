import Foundation
import TestSupport
import Torch

/// What `Tests/Golden/evaluation.py` computed.
struct EvaluationFixture: Decodable {
  let x: [[Double]]
  let y: [[Double]]
  let frechet: Double
  let frechetOfFew: Double
  let frechetOfResample: Double
  let kernel: Double
  /// Successes, trials, and the ends of Wilson's interval.
  let wilson: [[Double]]
  let values: [Double]
  /// Fractions and quantiles.
  let quantiles: [[Double]]

  static func read() throws -> EvaluationFixture {
    let data = try Data(contentsOf: Golden.file("evaluation.json"))
    return try JSONDecoder().decode(EvaluationFixture.self, from: data)
  }

  /// Rows as a tensor, `[rows, columns]`, `float64`.
  static func tensor(_ rows: [[Double]]) -> Tensor {
    Tensor(rows.flatMap { $0 }, shape: [rows.count, rows[0].count])
  }
}
