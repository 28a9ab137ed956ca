import Diffusion
import Testing
import Torch

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
      let inverted = try DDIMInversion()(x, over: levels.reversed(), denoiser: Mixture())
      let back = try DDIM().sample(inverted, over: levels, denoiser: Mixture(), noise: noise)
      return distance(back, x)
    }
    let (coarse, fine) = (try error(150), try error(300))
    #expect(fine < 0.1)
    #expect(fine / coarse > 0.4 && fine / coarse < 0.6)
  }

  @Test("inversion multiplies normal samples by a product of rationals")
  func product() throws {
    let levels = Array(try karrasLevels(40).reversed())
    let end = try DDIMInversion()(
      Tensor([1.0]), over: levels, denoiser: Gaussian(variance: 0.25))
    let expected = zip(levels, levels.dropFirst()).reduce(1.0) { product, step in
      let (a, b) = (step.0.sigma, step.1.sigma)
      return product * (0.25 + a * b) / (0.25 + a * a)
    }
    #expect(relativeError(end.item(), expected) < 1e-13)
  }

  @Test("the noisy ends are the flow's, at first order")
  func flow() throws {
    func error(_ points: Int) throws -> Double {
      let levels = Array(try karrasLevels(points).reversed())
      let end = try DDIMInversion()(Tensor(MixtureTests.ends), over: levels, denoiser: Mixture())
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
      try DDIMInversion()(Tensor([1.0]), over: levels, denoiser: unused)
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
      try DDIMInversion()(Tensor([1.0]), over: levels, denoiser: broken)
    }
    let index = try #require(levels.firstIndex { $0.sigma > 1 })
    #expect(
      error
        == .notFinite(step: index + 1, count: 3, from: levels[index], to: levels[index + 1]))
    #expect(throws: CancellationError.self) {
      try DDIMInversion()(
        Tensor([1.0]), over: levels, denoiser: Gaussian(variance: 1)
      ) { _ in throw CancellationError() }
    }
  }
}
