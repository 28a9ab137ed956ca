import Diffusion
import Foundation
import Torch

/// What `Tests/Golden/deterministic_samplers.py` wrote.
struct DeterministicFixtures: Decodable {
  struct Case: Decodable, CustomStringConvertible {
    let name: String
    let prediction: String
    let levels: [[Double]]
    let samples: [[Double]]
    let accepted: Int?
    let rejected: Int?

    var description: String { name }

    /// Whether a sampler goes through all of the levels, one by one.
    var isStepwise: Bool {
      !["k-dpm-adaptive", "k-dpm-fast", "ddim-inversion"].contains { name.hasPrefix($0) }
    }

    var noiseLevels: [NoiseLevel] { levels.map { NoiseLevel(alpha: $0[0], sigma: $0[1]) } }
  }

  let shape: [Int]
  let cases: [Case]

  static func load() throws -> DeterministicFixtures {
    let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "deterministic_samplers.json")
    return try JSONDecoder().decode(DeterministicFixtures.self, from: Data(contentsOf: file))
  }

  /// The network of the reference, in float64 down to its timesteps.
  static func denoiser(_ golden: Case) throws -> FunctionDenoiser {
    let schedule = try DiscreteSchedule(.scaledLinear())
    let prediction = PredictionType(rawValue: golden.prediction)
    return FunctionDenoiser { x, level in
      let own = NoisePath.variancePreserving.level(level)
      let x = NoisePath.variancePreserving.scale(of: level) * x
      let timestep =
        prediction == .v
        ? 2000 / Double.pi * atan2(own.sigma, own.alpha) : schedule.timestep(at: own)
      let output = x * (0.6 + 0.2 * timestep / 1000) + 0.1 * x.tanh()
      return try (prediction ?? .x0).x0(from: output, x: x, at: own)
    }
  }
}
