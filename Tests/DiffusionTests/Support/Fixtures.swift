import Foundation
import Torch

/// What `Tests/Golden/samplers.py` wrote.
struct Fixtures: Decodable {
  struct Timesteps: Decodable {
    let spacing: String
    let steps: Int
    let timesteps: [Double]
  }

  struct Noise: Decodable {
    let seed: UInt64
    let shape: [Int]
    let float64: Bool
    let first: [Double]
    let second: [Double]
  }

  struct Case: Decodable, CustomStringConvertible {
    let name: String
    let sampler: String
    let schedule: String
    let prediction: String
    let spacing: String
    let steps: Int
    let guidance: Double
    let start: [Double]
    let trajectory: [[Double]]

    var description: String { name }
  }

  let shape: [Int]
  let seeds: [UInt64]
  let tables: [String: [Double]]
  let timesteps: [Timesteps]
  let noise: [Noise]
  let cases: [Case]

  static func load() throws -> Fixtures {
    let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "samplers.json")
    return try JSONDecoder().decode(Fixtures.self, from: Data(contentsOf: file))
  }
}
