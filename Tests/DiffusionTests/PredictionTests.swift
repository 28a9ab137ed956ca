import Diffusion
import Testing
import Torch

@Suite struct PredictionTests {
  static let levels = [
    NoiseLevel(alpha: 0.6, sigma: 0.8), NoiseLevel(alpha: 0.999, sigma: 0.0447),
    NoiseLevel(alpha: 1, sigma: 80), NoiseLevel(alpha: 1, sigma: 0.002),
    NoiseLevel(alpha: 0.25, sigma: 0.75), NoiseLevel(alpha: 0, sigma: 1),
  ]
  private let x0 = Generator(seed: 1).normal([2, 3, 4], dtype: .float64)
  private let epsilon = Generator(seed: 2).normal([2, 3, 4], dtype: .float64)

  @Test("the clean sample comes back from every prediction", arguments: PredictionType.allCases)
  func roundTrip(prediction: PredictionType) throws {
    for level in Self.levels where prediction != .epsilon || level.alpha > 0 {
      let output = prediction.output(x0: x0, epsilon: epsilon, at: level)
      let found = try prediction.x0(from: output, x: level.noised(x0, by: epsilon), at: level)
      // x is rounded to its own size; what is left of that in x0 grows with sigma / alpha.
      #expect(distance(found, x0) < 1e-12, "\(level)")
    }
  }

  @Test("every prediction becomes every other and comes back", arguments: PredictionType.allCases)
  func toAllOthers(prediction: PredictionType) throws {
    let level = NoiseLevel(alpha: 0.6, sigma: 0.8)
    let x = level.noised(x0, by: epsilon)
    let output = prediction.output(x0: x0, epsilon: epsilon, at: level)
    for other in PredictionType.allCases {
      let first = try prediction.x0(from: output, x: x, at: level)
      let middle = other.output(x0: first, epsilon: level.epsilon(in: x, of: first), at: level)
      let second = try other.x0(from: middle, x: x, at: level)
      let back = prediction.output(x0: second, epsilon: level.epsilon(in: x, of: second), at: level)
      #expect(distance(back, output) < 1e-12)
    }
  }

  @Test("the outputs are what their papers say")
  func formulas() {
    let level = NoiseLevel(alpha: 0.6, sigma: 0.8)
    let (x0, epsilon) = (Tensor([2.0]), Tensor([3.0]))
    let outputs = PredictionType.allCases.map {
      $0.output(x0: x0, epsilon: epsilon, at: level).item()
    }
    #expect(outputs[0] == 3)
    #expect(outputs[1] == 2)
    #expect(abs(outputs[2] - (0.6 * 3 - 0.8 * 2)) < 1e-15)
    #expect(outputs[3] == 1)
  }

  @Test(
    "levels of a batch give each sample what it would get alone",
    arguments: PredictionType.allCases)
  func batch(prediction: PredictionType) {
    let levels = [NoiseLevel(alpha: 0.6, sigma: 0.8), NoiseLevel(alpha: 0.25, sigma: 0.75)]
    let batch = LevelBatch(levels, like: x0)
    let output = prediction.output(x0: x0, epsilon: epsilon, at: batch)
    let noisy = batch.noised(x0, by: epsilon)
    for (index, level) in levels.enumerated() {
      func row(_ x: Tensor) -> Tensor { x.narrowed(dim: 0, start: index, length: 1) }
      let alone = prediction.output(x0: row(x0), epsilon: row(epsilon), at: level)
      #expect(distance(row(output), alone) == 0)
      #expect(distance(row(noisy), level.noised(row(x0), by: row(epsilon))) == 0)
    }
  }

  @Test("an error of the output becomes that error of x0", arguments: PredictionType.allCases)
  func sensitivity(prediction: PredictionType) throws {
    for level in Self.levels where level.alpha > 0 {
      let x = level.noised(x0, by: epsilon)
      let zero = try prediction.x0(from: 0 * x, x: x, at: level)
      let one = try prediction.x0(from: 0 * x + 1, x: x, at: level)
      #expect(abs(distance(one, zero) - prediction.x0PerOutput(at: level)) < 1e-10)
    }
  }

  @Test("noise predicted where there is only noise is refused with the reason")
  func noSignal() {
    let level = NoiseLevel(alpha: 0, sigma: 1)
    let error = #expect(throws: PredictionError.self) {
      try PredictionType.epsilon.x0(from: epsilon, x: epsilon, at: level)
    }
    #expect(error == .noSignal(level))
    #expect(error?.description.contains("expected a level with alpha > 0") == true)
  }

  @Test("a network gets its own timestep and path, whatever path the sampler is on")
  func wrapped() throws {
    let schedule = try DiscreteSchedule(.linear())
    let own = schedule.level(at: 500)
    for path in NoisePath.allCases {
      let level = path.level(own)
      let x = level.noised(x0, by: epsilon)
      let denoiser = PredictionDenoiser(.v, schedule: schedule) { input, timesteps in
        #expect(timesteps.shape == [2] && timesteps.dtype == .float32)
        #expect(timesteps.values(as: Float.self) == [500, 500])
        #expect(distance(input, own.noised(x0, by: epsilon)) < 1e-12)
        return PredictionType.v.output(x0: x0, epsilon: epsilon, at: own)
      }
      #expect(distance(try denoiser(x, at: level), x0) < 1e-12)
    }
  }

  @Test("a network whose path cannot say a level refuses it")
  func notOnPath() throws {
    let level = NoiseLevel(alpha: 0, sigma: 1)
    let denoiser = PredictionDenoiser(.x0, schedule: try KarrasSchedule()) { x, _ in x }
    let error = #expect(throws: PredictionError.self) { try denoiser(x0, at: level) }
    #expect(error == .notOnPath(level, .varianceExploding))
    #expect(error?.description.contains("found \(level)") == true)
  }
}
