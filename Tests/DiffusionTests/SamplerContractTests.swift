import Diffusion
import Foundation
import Testing
import Torch

@testable import Verification

/// What holds for every sampler of the catalogue.
@Suite struct SamplerContractTests {
  static let names = Samplers.all.map(\.name)
  private let data = NormalData(variance: 0.25)

  @Test("the variance converges at the declared order on every path", arguments: names)
  func order(name: String) throws {
    let sampler = try Samplers.named(name)
    func error(_ count: Int, on path: NoisePath) throws -> Double {
      var levels = try karrasLevels(count, on: path)
      // What answers for the whole way is right in one step.
      if sampler.target == .flowEnd { levels = [levels[0], .clean] }
      let run = try LinearRun(
        sampler, over: levels, from: data.noisyVariance(at: levels[0]),
        denoiser: exactDenoiser(of: data.variance, for: sampler))
      return relativeError(run.variance, data.noisyVariance(at: levels[levels.count - 1]))
    }
    // Whole groups of the samplers whose steps are two or three levels long; those that draw noise
    // come to their order more slowly.
    let count = sampler.isStochastic ? 160 : 151
    let coarse = try error(count, on: .varianceExploding)
    for path in NoisePath.allCases {
      let first = try error(count, on: path)
      // A sampler that only measures in another unit has shown its order already.
      guard path == .varianceExploding || abs(first - coarse) > 1e-9 else { continue }
      let second = try error(sampler.isStochastic ? 320 : 301, on: path)
      #expect(second < (sampler.target == .flowEnd ? 1e-12 : 0.05), "\(path)")
      guard sampler.order > 0 else { continue }
      // Below 1e-7, leading terms of opposite sign may still cancel.
      let least = Double(sampler.order) - ContractPins.slack(name)
      #expect(log2(first / second) > least || second < 1e-7, "\(path)")
    }
  }

  @Test("the mean converges, too", arguments: names)
  func mean(name: String) throws {
    let sampler = try Samplers.named(name)
    guard sampler.target == .mean else { return }
    func error(_ count: Int) throws -> Double {
      let levels = try karrasLevels(count)
      let run = try LinearRun(
        sampler, over: levels, from: 1, denoiser: NormalData(mean: 1, variance: 0.25))
      return abs(run.offset + run.factor - 1)
    }
    let errors = (try error(60), try error(120))
    #expect(errors.1 < 0.05)
    guard sampler.order > 0, errors.1 > 1e-4 else { return }
    #expect(log2(errors.0 / errors.1) > Double(sampler.order) - 0.06)
  }

  @Test("a start from pure noise is finite and converges to the data", arguments: names)
  func pureNoise(name: String) throws {
    let sampler = try Samplers.named(name)
    func error(_ steps: Int) throws -> Double {
      let levels = try FlowSchedule().levels(sampler.target == .flowEnd ? 1 : steps)
      return relativeError(
        try LinearRun(
          sampler, over: levels, from: 1,
          denoiser: exactDenoiser(of: data.variance, for: sampler)
        ).variance, data.variance)
    }
    let (hundred, found) = (try error(100), try error(200))
    #expect(hundred.isFinite && hundred < 0.1)
    guard let pin = ContractPins.pureNoise[name] else {
      #expect(found < 1e-12)
      return
    }
    #expect(abs(found - pin) < 0.01 * pin, "\(found)")
  }

  @Test("the step to a clean level is exactly the estimate", arguments: names)
  func lastStep(name: String) throws {
    var levels = try karrasLevels(4, on: .flow)
    levels.append(.clean)
    var estimate: Tensor?
    let noise = NoiseSource(seeds: [3, 4])
    let x = try Samplers.named(name).sample(
      noise.normal([5], dtype: .float64), over: levels, denoiser: data, noise: noise
    ) { estimate = $0.x0 }
    #expect(distance(x, try #require(estimate)) == 0)
  }

  @Test("a sample does not depend on its batch", arguments: names, [DType.float32, .float64])
  func batches(name: String, dtype: DType) throws {
    let sampler = try Samplers.named(name)
    let schedule = try DiscreteSchedule(.scaledLinear())
    func run(_ seeds: [UInt64]) throws -> Tensor {
      let noise = NoiseSource(seeds: seeds)
      let x = noise.normal([3, 5], dtype: dtype)
      return try sampler.sample(x, over: schedule.levels(8), denoiser: data, noise: noise)
    }
    let together = try run([5, 6, 7])
    #expect(together.dtype == dtype)
    for (index, seed) in [UInt64(5), 6, 7].enumerated() {
      let alone = try run([seed])
      #expect(distance(together.narrowed(dim: 0, start: index, length: 1), alone) == 0)
    }
    #expect(distance(try run([5]), try run([6])) > 0.01)
  }

  @Test("only samplers that say so draw noise", arguments: names)
  func draws(name: String) throws {
    let sampler = try Samplers.named(name)
    func run(_ seed: UInt64) throws -> (Tensor, Tensor) {
      let generator = Generator(seed: seed)
      let x = try sampler.sample(
        Tensor([1.0, -2.0], shape: [1, 2]), over: karrasLevels(5), denoiser: data,
        noise: NoiseSource([generator]))
      return (x, generator.uniform([1], dtype: .float64))
    }
    let (a, again, b) = (try run(1), try run(1), try run(2))
    #expect(distance(a.0, again.0) == 0)
    #expect((distance(a.0, b.0) > 0) == sampler.isStochastic)
    let untouched = Generator(seed: 1).uniform([1], dtype: .float64)
    #expect((distance(a.1, untouched) > 0) == sampler.isStochastic)
  }

  @Test("a run leaves nothing behind for the next one", arguments: names)
  func runs(name: String) throws {
    let sampler = try Samplers.named(name)
    func run() throws -> Tensor {
      try sampler.sample(
        Tensor([30.0, -70.0]), over: karrasLevels(9), denoiser: NormalMixture.example,
        noise: NoiseSource(seeds: [1, 2]))
    }
    #expect(distance(try run(), try run()) == 0)
  }

  @Test("a single point is found whatever the steps", arguments: names)
  func point(name: String) throws {
    let constant = FunctionDenoiser { x, _ in 0 * x + 0.75 }
    for schedule in Schedules.all {
      let schedule = try schedule.item()
      let levels = try schedule.levels(3)
      let noise = NoiseSource(seeds: [9])
      let x = schedule.path.priorScale(at: levels[0]) * noise.normal([6], dtype: .float64)
      let end = try Samplers.named(name).sample(
        x, over: levels, denoiser: constant, noise: noise)
      #expect(end.values(as: Double.self).allSatisfy { $0 == 0.75 })
    }
  }
}
