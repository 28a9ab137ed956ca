import Diffusion
import Foundation
import Testing
import Torch

/// One of two unit normal numbers of correlation 0.8 is known to be `y`.
///
/// Exactly, the other has mean `0.8 y` and variance 0.36; what each method makes of it can be
/// computed.
@Suite struct InpaintingTests {
  private let rho = 0.8
  private let prior = Pair(correlation: 0.8)
  private let mask = MaskOperator(Tensor([1.0, 0], shape: [2, 1]))

  /// Levels from 60 to 0.01 that are equidistant in `sigma^(1/3)`, and the clean one.
  private func levels(_ steps: Int) throws -> [NoiseLevel] {
    try KarrasSchedule(sigmaMin: 0.01, sigmaMax: 60, rho: 3).levels(steps)
  }

  private func measurement(_ y: Double) -> LinearMeasurement {
    LinearMeasurement(Tensor([y, 0], shape: [1, 2, 1]), by: mask)
  }

  /// The second numbers at the end of a run of many pairs from the same random numbers.
  private func run(
    _ sampler: some Sampler, over levels: [NoiseLevel], _ denoiser: some Denoiser, count: Int = 1
  ) throws -> (known: Tensor, other: Tensor) {
    let noise = NoiseSource(seeds: [7])
    let x = levels[0].sigma * noise.normal([2, count], dtype: .float64)
    let end = try sampler.sample(x, over: levels, denoiser: denoiser, noise: noise)
    return (end.selected(dim: 1, index: 0), end.selected(dim: 1, index: 1))
  }

  /// How the second number's mean responds to `y`: everything is linear, so equal noise cancels.
  private func response(
    _ make: (LinearMeasurement) -> any Sampler, over levels: [NoiseLevel]
  ) throws -> Double {
    let one = try run(make(measurement(1)), over: levels, prior)
    let zero = try run(make(measurement(0)), over: levels, prior)
    #expect(abs(one.known.item() - 1) < 1e-13)
    return one.other.item() - zero.other.item()
  }

  /// The mean and the variance of the second number, step by step, for `y = 1`.
  private func recursion(
    over levels: [NoiseLevel], jump: Int = 1, resamplings: Int
  ) -> (mean: Double, variance: Double) {
    var (mean, variance, known) = (0.0, levels[0].sigma * levels[0].sigma, 0.0)
    func step(_ t: NoiseLevel, _ s: NoiseLevel) {
      let gain = prior.gain(at: t)[1]
      let (t2, s2) = (t.sigma * t.sigma, s.sigma * s.sigma)
      let added = t2 - s2
      let (kept, seen) = (s2 / t2 + added / t2 * gain[1], added / t2 * gain[0])
      mean = kept * mean + seen * known
      variance = kept * kept * variance + seen * seen * t2 + added * s2 / t2
      known = 1
    }
    var block: [NoiseLevel] = []
    for (t, s) in zip(levels, levels.dropFirst()) {
      step(t, s)
      block.append(t)
      guard block.count == jump else { continue }
      for _ in 1..<(s.sigma > 0 ? resamplings : 1) {
        variance += block[0].sigma * block[0].sigma - s.sigma * s.sigma
        for (a, b) in zip(block, block.dropFirst() + [s]) { step(a, b) }
      }
      block = []
    }
    return (mean, variance)
  }

  /// In `u = 1 + sigma²` the mean solves `dm/du = (u m - rho y) / (u² - rho²)`, the variance
  /// `dv/du = 2 u v / (u² - rho²) - 1`.
  @Test("replacement ends near the closed form of fine steps, about half of what it should be")
  func replacement() throws {
    let limit = (1 - (1 - rho * rho).squareRoot()) / rho
    func error(_ steps: Int) throws -> Double {
      try response({ Replacement(DDPM(), measurement: $0) }, over: levels(steps)) - limit
    }
    let errors = (try error(200), try error(400))
    #expect(abs(errors.1) < 0.01)
    #expect(abs(log2(errors.0 / errors.1) - 1) < 0.15)
    #expect(abs(limit - 0.5) < 1e-15 && rho == 0.8)
    let variance = (1 - rho * rho) / (2 * rho) * log((1 + rho) / (1 - rho))
    let fine = recursion(over: try levels(4000), resamplings: 1)
    #expect(abs(fine.variance - variance) < 2e-3)
    #expect(abs(fine.mean - limit) < 2e-3)
  }

  @Test(
    "resampling has exactly the mean of its recursion, and mends the bias",
    arguments: [(1, 1), (1, 3), (2, 4), (5, 2)])
  func repaint(jump: Int, resamplings: Int) throws {
    let levels = try levels(20)
    let measured = try response(
      { RePaint(DDPM(), measurement: $0, jump: jump, resamplings: resamplings) }, over: levels)
    let expected = recursion(over: levels, jump: jump, resamplings: resamplings)
    #expect(abs(measured - expected.mean) < 1e-9)
  }

  @Test("the more resampling, the nearer to the exact posterior")
  func mending() throws {
    let levels = try levels(60)
    let biases = [1, 4, 16, 64].map { rho - recursion(over: levels, resamplings: $0).mean }
    #expect(biases.allSatisfy { $0 > 0 })
    #expect(zip(biases, biases.dropFirst()).allSatisfy { $1 < 0.5 * $0 })
    #expect(biases[0] > 0.25 && biases[3] < 0.01)
  }

  @Test("the variance over many pairs is that of the recursion", arguments: [1, 5])
  func variance(resamplings: Int) throws {
    let levels = try levels(30)
    let sampler = RePaint(
      DDPM(), measurement: measurement(1), jump: 1, resamplings: resamplings)
    let other = try run(sampler, over: levels, prior, count: 20000).other
    let expected = recursion(over: levels, resamplings: resamplings)
    // Four standard errors.
    #expect(abs(other.mean().item() - expected.mean) < 4 * (expected.variance / 20000).squareRoot())
    #expect(relativeError(other.variance().item(), expected.variance) < 0.04)
  }

  /// The known number is `y` in every estimate, so its noisy form is right on average.
  @Test("the null-space method has the same biased mean with ancestral steps")
  func nullSpace() throws {
    func mean(_ steps: Int) throws -> Double {
      let levels = try levels(steps)
      func end(_ y: Double) throws -> Double {
        let (known, other) = try run(
          DDPM(), over: levels, DDNM(prior, measurement: measurement(y)))
        #expect(abs(known.item() - y) < 1e-14)
        return other.item()
      }
      return try end(1) - end(0)
    }
    let (coarse, fine) = (try mean(200), try mean(400))
    #expect(abs(fine - 0.5) < 0.01)
    #expect(abs(log2((coarse - 0.5) / (fine - 0.5)) - 1) < 0.15)
  }

  @Test("guidance by the exact likelihood has no bias")
  func exact() throws {
    let posterior = prior.given(first: 1, sigma: 0)
    let end = try run(Heun(), over: try levels(200), posterior).other.item()
    let zero = try run(Heun(), over: try levels(200), prior.given(first: 0, sigma: 0)).other.item()
    #expect(abs(end - zero - rho) < 1e-2)
  }
}
