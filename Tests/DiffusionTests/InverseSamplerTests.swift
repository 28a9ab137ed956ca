import Diffusion
import Foundation
import Testing
import Torch
import Verification

/// Steps of the samplers that must change the step itself.
@Suite struct InverseSamplerTests {
  private let prior = NormalData(mean: 0.3, variance: 0.7)
  private let t = NoiseLevel(alpha: 0.6, sigma: 0.8)
  private let s = NoiseLevel(alpha: 0.8, sigma: 0.6)

  @Test("posterior sampling with constant steps follows its recursion, away from Kalman's mean")
  func posteriorSampling() throws {
    let levels = try KarrasSchedule(sigmaMin: 0.02, sigmaMax: 60, rho: 3).levels(40)
    let zeta = 0.02
    func end(_ y: Double) throws -> Double {
      let measurement = LinearMeasurement(Tensor([y], shape: [1, 1]), by: WholeOperator())
      return try DPS(Euler(), measurement: measurement, stepSize: .constant(zeta)).sample(
        Tensor([30.0], shape: [1, 1]), over: levels, denoiser: prior,
        noise: NoiseSource(seeds: [1])
      ).item()
    }
    var mean = 0.0
    for (t, s) in zip(levels, levels.dropFirst()) {
      let gain = 0.7 / (0.7 + t.sigma * t.sigma)
      let x0 = gain * mean
      mean = x0 + s.sigma * (mean - x0) / t.sigma + 2 * zeta * gain * (1 - gain * mean)
    }
    #expect(abs(try end(1) - end(0) - mean) < 1e-12)
    #expect(abs(mean - 1) > 0.1)
  }

  @Test("a step over the misfit is a constant one divided by each sample's")
  func overMisfit() throws {
    let x = NoiseSource(seeds: [1, 2]).normal([3], dtype: .float64)
    let y = NoiseSource(seeds: [3, 4]).normal([3], dtype: .float64)
    let measurement = LinearMeasurement(y, by: WholeOperator())
    func step(_ size: DPS<DDIM>.StepSize) throws -> Tensor {
      try DPS(DDIM(), measurement: measurement, stepSize: size).sample(
        x, over: [t, s], denoiser: prior, noise: NoiseSource(seeds: [1, 2]))
    }
    let plain = try step(.constant(0))
    let unguided = try DDIM().sample(
      x, over: [t, s], denoiser: prior, noise: NoiseSource(seeds: [1, 2]))
    #expect(distance(plain, unguided) == 0)
    let residual = y - prior(x, at: t)
    let misfit = (residual * residual).sum(dims: [1], keepingDims: true).squareRoot()
    let expected = plain + (try step(.constant(1)) - plain) / misfit
    #expect(distance(try step(.overMisfit(1)), expected) < 1e-14)
    #expect(distance(expected, plain) > 0.1)
  }

  @Test("without a misfit there is no step")
  func noMisfit() throws {
    let x = NoiseSource(seeds: [1]).normal([3], dtype: .float64)
    let fitting = LinearMeasurement(prior(x, at: t), by: WholeOperator())
    let end = try DPS(DDIM(), measurement: fitting).sample(
      x, over: [t, s], denoiser: prior, noise: NoiseSource(seeds: [1]))
    let plain = try DDIM().sample(
      x, over: [t, s], denoiser: prior, noise: NoiseSource(seeds: [1]))
    #expect(distance(end, plain) == 0)
  }

  @Test("posterior sampling calls the denoiser once a step and leaves no gradients")
  func evaluations() throws {
    var calls = 0
    let counting = FunctionDenoiser { x, level in
      calls += 1
      return prior(x, at: level)
    }
    let x = NoiseSource(seeds: [1]).normal([3], dtype: .float64)
    let measurement = LinearMeasurement(0 * x, by: WholeOperator())
    let end = try DPS(DDPM(), measurement: measurement).sample(
      x, over: try FlowSchedule().levels(5), denoiser: counting, noise: NoiseSource(seeds: [1])
    ) { #expect(!$0.x0.requiresGradient) }
    #expect(calls == 5)
    #expect(!end.requiresGradient)
  }

  @Test(
    "replaced samples measure like noisy ones that have y",
    arguments: OperatorTests.operators.map(\.name))
  func replacement(name: String) throws {
    func check(_ a: some LinearOperator) throws {
      let x = NoiseSource(seeds: [1, 2]).normal(OperatorTests.shape, dtype: .float64)
      let y = a(NoiseSource(seeds: [3, 4]).normal(OperatorTests.shape, dtype: .float64))
      let sampler = Replacement(DDIM(), measurement: LinearMeasurement(y, by: a))
      let noisy = try sampler.sample(
        x, over: [t, s], denoiser: prior, noise: NoiseSource(seeds: [5, 6]))
      let fresh = NoiseSource(seeds: [5, 6]).normal(like: x)
      #expect(distance(a(noisy), s.alpha * y + s.sigma * a(fresh)) < 1e-11)
      // What is not measured is the wrapped sampler's.
      let plain = try DDIM().sample(
        x, over: [t, s], denoiser: prior, noise: NoiseSource(seeds: [5, 6]))
      let change = noisy - plain
      #expect(distance(a.pseudoInverse(a(change)), change) < 1e-11)
      let clean = try sampler.sample(
        x, over: [t, .clean], denoiser: prior, noise: NoiseSource(seeds: [5, 6]))
      #expect(distance(a(clean), y) < 1e-11)
      let known = try DDNM(prior, measurement: LinearMeasurement(y, by: a))(x, at: t)
      #expect(distance(a(known), y) < 1e-11)
      let other = known - prior(x, at: t)
      #expect(distance(a.pseudoInverse(a(other)), other) < 1e-11)
    }
    let found = try #require(OperatorTests.operators.first { $0.name == name })
    try check(found.operator)
  }

  @Test("one resampling is replacement, and each more costs another evaluation a step")
  func resampling() throws {
    let x = NoiseSource(seeds: [1, 2]).normal([4], dtype: .float64)
    let measurement = LinearMeasurement(x, by: MaskOperator(Tensor([1.0, 0, 0, 1])))
    let levels = try FlowSchedule().levels(8)
    var calls = 0
    func run(_ sampler: some Sampler) throws -> Tensor {
      calls = 0
      let counting = FunctionDenoiser { x, level in
        calls += 1
        return prior(x, at: level)
      }
      return try sampler.sample(
        x, over: levels, denoiser: counting, noise: NoiseSource(seeds: [1, 2]))
    }
    let replaced = try run(Replacement(DDPM(), measurement: measurement))
    let once = try run(RePaint(DDPM(), measurement: measurement, jump: 3, resamplings: 1))
    #expect(distance(replaced, once) == 0)
    #expect(calls == 8)
    let thrice = RePaint(DDPM(), measurement: measurement, jump: 3, resamplings: 3)
    let first = try run(thrice)
    // Two blocks of three steps, three times, and two steps more.
    #expect(calls == 20)
    #expect(distance(first, try run(thrice)) == 0, "a run leaves nothing behind")
    _ = try run(RePaint(DDPM(), measurement: measurement, jump: 4, resamplings: 3))
    // The last block ends without noise.
    #expect(calls == 16)
  }

  @Test(
    "DDNM+ without measurement noise is DDPM over DDNM",
    arguments: OperatorTests.operators.map(\.name))
  func noiseless(name: String) throws {
    func check(_ a: some LinearOperator) throws {
      let x = NoiseSource(seeds: [1, 2]).normal(OperatorTests.shape, dtype: .float64)
      let y = a(NoiseSource(seeds: [3, 4]).normal(OperatorTests.shape, dtype: .float64))
      let measurement = LinearMeasurement(y, by: a)
      for end in [s, .clean] {
        let plus = try DDNMPlus(measurement: measurement).sample(
          x, over: [t, end], denoiser: prior, noise: NoiseSource(seeds: [5, 6]))
        let plain = try DDPM().sample(
          x, over: [t, end], denoiser: DDNM(prior, measurement: measurement),
          noise: NoiseSource(seeds: [5, 6]))
        #expect(distance(plus, plain) < 1e-11)
      }
    }
    let found = try #require(OperatorTests.operators.first { $0.name == name })
    try check(found.operator)
  }

  /// The measurement's own noise and what is drawn make up the step's variance together.
  ///
  /// Both maps are found by solving for them, so nothing of the method is repeated here.
  @Test("DDNM+ draws what the measurement's noise leaves", arguments: [0.05, 0.4, 5])
  func noisy(sigma: Double) throws {
    let a = SeparableOperator.blur(deviation: 0.6, height: 3, width: 2)
    let shape = [1, 3, 2]
    let count = 6
    let y = a(NoiseSource(seeds: [99]).normal(shape, dtype: .float64))
    let x = NoiseSource(seeds: [98]).normal(shape, dtype: .float64)
    func step(_ y: Tensor, seed: UInt64) throws -> Tensor {
      try DDNMPlus(measurement: LinearMeasurement(y, by: a, sigma: sigma)).sample(
        x, over: [t, s], denoiser: prior, noise: NoiseSource(seeds: [seed]))
    }
    let base = try step(y, seed: 0).reshaped(1, count)
    let unit = DenseProblem.identity(count)
    let byNoise = try (1...count).map { try step(y, seed: UInt64($0)).reshaped(1, count) - base }
      .concatenated()
    func draw(_ seed: Int) -> Tensor {
      NoiseSource(seeds: [UInt64(seed)]).normal(shape, dtype: .float64).reshaped(1, count)
    }
    let draws = (1...count).map { draw($0) - draw(0) }.concatenated()
    let fresh = draws.inverse().matmul(byNoise)
    let byMeasurement = try (0..<count).map { index in
      let moved = y + unit.narrowed(dim: 0, start: index, length: 1).reshaped([1] + shape)
      return try step(moved, seed: 0).reshaped(1, count) - base
    }.concatenated()
    let covariance =
      fresh.transposed(0, 1).matmul(fresh)
      + sigma * sigma * byMeasurement.transposed(0, 1).matmul(byMeasurement)
    let variance = (0.64 - 0.36 * 0.5625) * 0.36 / 0.64
    #expect(distance(covariance, variance * unit) < 1e-11)
  }
}
