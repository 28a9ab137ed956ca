import Diffusion
import Testing
import Torch
import Verification

/// From data to noise and back.
@Suite struct InversionTests {
  private let noise = NoiseSource(seeds: [0, 1, 2, 3, 4, 5])

  @Test(
    "there and back is the identity at first order, from clean samples too",
    arguments: [
      true, false,
    ])
  func roundTrip(fromClean: Bool) throws {
    func error(_ steps: Int) throws -> Double {
      var levels = try karrasLevels(steps + 1, on: .variancePreserving)
      if fromClean { levels.append(.clean) }
      let x = Tensor(MixtureTests.ends)
      let inverted = try Inversion()(x, over: levels.reversed(), denoiser: NormalMixture.example)
      let back = try DDIM().sample(
        inverted, over: levels, denoiser: NormalMixture.example, noise: noise)
      return distance(back, x)
    }
    let (coarse, fine) = (try error(150), try error(300))
    #expect(fine < 0.1)
    #expect(fine / coarse > 0.4 && fine / coarse < 0.6)
  }

  /// The first step holds the noise, which leaves an error of second order.
  @Test("a solver of second order inverts at its order, there and back and along the flow")
  func secondOrder() throws {
    func errors(_ sampler: some Sampler, _ steps: Int) throws -> (back: Double, flow: Double) {
      let levels = try karrasLevels(steps + 1, on: .variancePreserving)
      let (first, last) = (levels[0].alpha, levels[steps].alpha)
      let x = last * Tensor(MixtureTests.ends)
      let up = try Inversion(sampler)(x, over: levels.reversed(), denoiser: NormalMixture.example)
      let back = try sampler.sample(up, over: levels, denoiser: NormalMixture.example, noise: noise)
      return (distance(back, x), distance(up / first, Tensor(MixtureTests.starts)) / 80)
    }
    func check(_ sampler: some Sampler) throws {
      let (coarse, fine) = (try errors(sampler, 160), try errors(sampler, 320))
      #expect(fine.back / coarse.back < 0.3 && fine.flow / coarse.flow < 0.3, "\(sampler)")
      #expect(fine.back < 1e-3 && fine.flow < 1e-2, "\(sampler)")
    }
    try check(DPMSolverMultistep(values: 2))
    try check(Heun())
  }

  @Test("pure noise is reached, by any solver")
  func pureNoise() throws {
    let levels = Array(try FlowSchedule().levels(40).reversed())
    for end in [
      try Inversion(DPMSolverMultistep(values: 2))(
        Tensor([0.5]), over: levels, denoiser: NormalData(variance: 0.25)),
      try Inversion(Heun())(Tensor([0.5]), over: levels, denoiser: NormalData(variance: 0.25)),
    ] {
      // One deviation of the data leads to one of the noise.
      #expect(abs(end.item() - 1) < 0.05)
    }
  }

  @Test("inversion multiplies normal samples by a product of rationals")
  func product() throws {
    let levels = Array(try karrasLevels(40).reversed())
    let end = try Inversion()(
      Tensor([1.0]), over: levels, denoiser: NormalData(variance: 0.25))
    let expected = zip(levels, levels.dropFirst()).reduce(1.0) { product, step in
      let (a, b) = (step.0.sigma, step.1.sigma)
      return product * (0.25 + a * b) / (0.25 + a * a)
    }
    #expect(relativeError(end.item(), expected) < 1e-13)
  }

  /// The noise is that of the sample without noise at the level that the step leads to.
  @Test("a long step from clean samples is a formula on normal data")
  func fromClean() throws {
    let level = NoiseLevel(alpha: 0.8, sigma: 0.6)
    let end = try Inversion()(
      Tensor([1.0]), over: [.clean, level], denoiser: NormalData(variance: 0.25))
    // The mean of clean samples is 0.8 · 0.25 · 0.8 / 0.52, and so the noise 12 / 13.
    #expect(abs(end.item() - (0.8 + 0.6 * 12 / 13)) < 1e-15)
  }

  @Test("the noisy ends are the flow's, at first order")
  func flow() throws {
    func error(_ points: Int) throws -> Double {
      let levels = Array(try karrasLevels(points).reversed())
      let end = try Inversion()(
        Tensor(MixtureTests.ends), over: levels, denoiser: NormalMixture.example)
      return distance(end, Tensor(MixtureTests.starts))
    }
    let (coarse, fine) = (try error(161), try error(321))
    #expect(fine / coarse > 0.4 && fine / coarse < 0.6)
  }

  @Test("levels that do not rise are refused before any work")
  func levels() throws {
    let (a, b) = (NoiseLevel(alpha: 1, sigma: 2), NoiseLevel(alpha: 1, sigma: 1))
    let unused = FunctionDenoiser { _, _ in throw CancellationError() }
    func run(_ levels: [NoiseLevel]) throws -> Tensor {
      try Inversion()(Tensor([1.0]), over: levels, denoiser: unused)
    }
    #expect(throws: SamplingError.tooFewLevels(1)) { try run([a]) }
    #expect(throws: SamplingError.fallingNoise(index: 1, from: a, to: b)) { try run([a, b]) }
    #expect(throws: SamplingError.fallingNoise(index: 2, from: a, to: a)) { try run([b, a, a]) }
    #expect(
      SamplingError.fallingNoise(index: 1, from: a, to: b).description
        == "inversion: expected level 1 to be noisier than (alpha 1.0, sigma 2.0), "
        + "found (alpha 1.0, sigma 1.0)")
  }

  @Test("a NaN ends the run, and what the observer throws does")
  func ends() throws {
    let levels = Array(try karrasLevels(4).reversed())
    let broken = FunctionDenoiser { x, level in level.sigma > 1 ? (0 * x - 1).logarithm() : x }
    let error = #expect(throws: SamplingError.self) {
      try Inversion()(Tensor([1.0]), over: levels, denoiser: broken)
    }
    let index = try #require(levels.firstIndex { $0.sigma > 1 })
    #expect(
      error
        == .notFinite(step: index + 1, count: 3, from: levels[index], to: levels[index + 1]))
    #expect(throws: CancellationError.self) {
      try Inversion()(
        Tensor([1.0]), over: levels, denoiser: NormalData(variance: 1)
      ) { _ in throw CancellationError() }
    }
  }
}
