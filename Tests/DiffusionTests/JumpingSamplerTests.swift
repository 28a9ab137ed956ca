import Diffusion
import Foundation
import Testing
import Torch

@testable import Verification

/// Samplers that go to the clean sample at once, back up, or stay at a level.
@Suite struct JumpingSamplerTests {
  private let data = NormalData(variance: 0.25)

  @Test("an exact consistency function gives exact samples in any number of steps")
  func consistency() throws {
    for sampler in [LCM() as any Sampler, Consistency(lowest: 0)] {
      for steps in [1, 2, 5, 20] {
        let run = try LinearRun(
          sampler, over: FlowSchedule().levels(steps), from: 1,
          denoiser: NormalFlowEnd(variance: 0.25))
        #expect(relativeError(run.variance, 0.25) < 1e-13)
      }
    }
  }

  /// The answers are taken for samples at the lowest level: its variance is missing from the noise.
  @Test("consistency sampling adds noise from the model's own level upwards")
  func lowest() throws {
    let levels = [80, 2, 0.5].map { NoiseLevel(alpha: 1, sigma: $0) }
    let run = try LinearRun(
      Consistency(lowest: 0.4, noiseScale: 1.5), over: levels, from: 6400.25,
      denoiser: NormalFlowEnd(variance: 0.25))
    let before = 0.25 + 2.25 * (4 - 0.16)
    #expect(relativeError(run.variance, 0.25 / 4.25 * before + 2.25 * (0.25 - 0.16)) < 1e-13)
  }

  /// An independent recursion of the same numbers, with `epsilon = (x - alpha f) / sigma`.
  @Test(
    "strategic stochastic sampling has its known bias",
    arguments: [
      (0.3, [0.35769230769230775, 0.4281649598821341, 0.45167275309350685]),
      (0.6, [0.30000000000000004, 0.3312334194869964, 0.34220202665894445]),
    ])
  func trajectory(gamma: Double, expected: [Double]) throws {
    for (steps, expected) in zip([2, 4, 8], expected) {
      let run = try LinearRun(
        TCD(gamma: gamma), over: FlowSchedule().levels(steps), from: 1,
        denoiser: NormalFlowEnd(variance: 0.25))
      #expect(relativeError(run.variance, expected) < 1e-13)
    }
  }

  /// `x + h · score + sqrt(2h) · z` keeps `v / (1 - h / (2v))` of normal data of variance `v`.
  @Test("Langevin's dynamics end at their exact variance", arguments: NoisePath.allCases)
  func langevin(path: NoisePath) throws {
    let ratio = 0.4
    let levels = [3, 0.7].map { path.level(NoiseLevel(alpha: 1, sigma: $0)) }
    let (v, h) = (data.noisyVariance(at: levels[1]), 2 * pow(ratio * levels[1].sigma, 2))
    for predictor in PredictorCorrector.Predictor.allCases {
      let sampler = PredictorCorrector(
        predictor: predictor, corrections: 150, stepSize: .ratio(ratio))
      let run = try LinearRun(sampler, over: levels, from: 5, denoiser: data)
      #expect(relativeError(run.variance, v / (1 - h / (2 * v))) < 1e-12)
    }
  }

  @Test("without predictor and corrector samples stay as they are until the clean level")
  func nothing() throws {
    let sampler = PredictorCorrector(predictor: .none, corrections: 0)
    let levels = [3, 0.7, 0.2].map { NoiseLevel(alpha: 1, sigma: $0) }
    #expect(sampler.order == 0)
    let run = try LinearRun(sampler, over: levels, from: 5, denoiser: data)
    #expect(relativeError(run.variance, 5) < 1e-15)
  }

  @Test("a corrector whose steps shrink with the predictor's leaves no error in the end")
  func proportional() throws {
    let sampler = PredictorCorrector(corrections: 2, stepSize: .proportional(0.5))
    func error(_ count: Int) throws -> Double {
      let levels = try karrasLevels(count)
      let run = try LinearRun(
        sampler, over: levels, from: data.noisyVariance(at: levels[0]), denoiser: data)
      return relativeError(run.variance, data.noisyVariance(at: levels[count - 1]))
    }
    #expect(sampler.order == 1)
    #expect(abs(log2(try error(80) / error(160)) - 1) < 0.15)
    #expect(try error(160) < 0.05)
  }

  @Test("steps by norms are of the expected size, each sample's own")
  func norms() throws {
    // With x0 = 0 the score's norm is that of x over sigma², so that h = 2 (r |z| sigma² / |x|)².
    let none = FunctionDenoiser { x, _ in 0 * x }
    let levels = [3, 0.7].map { NoiseLevel(alpha: 1, sigma: $0) }
    func run(_ seeds: [UInt64]) throws -> Tensor {
      let noise = NoiseSource(seeds: seeds)
      return try PredictorCorrector(stepSize: .norms(0.16)).sample(
        3 * noise.normal([5], dtype: .float64), over: levels, denoiser: none, noise: noise)
    }
    let noise = NoiseSource(seeds: [4])
    let start = 3 * noise.normal([5], dtype: .float64)
    let x = try DDPM().sample(start, over: levels, denoiser: none, noise: noise)
    let z = noise.normal([5], dtype: .float64)
    let h = 2 * pow(0.16 * (z.vectorNorm().item() / x.vectorNorm().item()) * 0.49, 2)
    let expected = x - (h / 0.49) * x + (2 * h).squareRoot() * z
    #expect(distance(try run([4]), expected) < 1e-13)
    #expect(distance(try run([9, 4]).narrowed(dim: 0, start: 1, length: 1), expected) < 1e-13)
  }

  /// A flow's factor is a ratio of deviations; each way back up and down multiplies once more by
  /// that of the interval.
  @Test("each restart forgets the start by the interval's factor", arguments: [nil, 300])
  func restart(steps: Int?) throws {
    let levels = try karrasLevels(400)
    let repeats = 3
    let plain = try LinearRun(Heun(), over: levels, from: 1, denoiser: data)
    let sampler = Restart(lowest: 0.1, highest: 2, repeats: repeats, steps: steps)
    let run = try LinearRun(sampler, over: levels, from: 1, denoiser: data)
    let low = try #require(levels.first { $0.sigma <= 0.1 })
    let high = try #require(
      steps == nil ? levels.last { $0.sigma >= 2 } : NoiseLevel(alpha: 1, sigma: 2))
    let once = (data.noisyVariance(at: low) / data.noisyVariance(at: high)).squareRoot()
    #expect(relativeError(run.factor, plain.factor * pow(once, Double(repeats))) < 1e-3)
  }

  @Test("a restart evaluates its interval again, and only where it lies in the run")
  func evaluations() throws {
    func count(_ sampler: Restart, _ levels: [NoiseLevel]) throws -> Int {
      var evaluations = 0
      let counting = FunctionDenoiser { [data] x, level in
        evaluations += 1
        return data(x, at: level)
      }
      _ = try sampler.sample(
        Tensor([1.0]), over: levels, denoiser: counting, noise: NoiseSource(seeds: [1]))
      return evaluations
    }
    let levels = [10, 4, 2, 1, 0.3, 0.1, 0.05].map { NoiseLevel(alpha: 1, sigma: $0) }
    #expect(try count(Restart(repeats: 0), levels) == 12)
    // Three steps from 2 to 0.1, twice.
    #expect(try count(Restart(), levels) == 12 + 2 * 2 * 3)
    #expect(try count(Restart(steps: 5), levels) == 12 + 2 * 2 * 5)
    // From the first level where none is high enough.
    #expect(try count(Restart(highest: 50), levels) == 12 + 2 * 2 * 5)
    #expect(try count(Restart(), levels.dropLast(2)) == 8)
    #expect(try count(Restart(), levels.dropLast(2) + [.clean]) == 9)
  }

  @Test("churn adds the noise of Karras' algorithm 2, in its range only")
  func churn() throws {
    let levels = [8, 3, 1].map { NoiseLevel(alpha: 1, sigma: $0) }
    let sampler = Churned(Heun(), churn: 0.5, range: 0...5, noiseScale: 1.1)
    let run = try LinearRun(sampler, over: levels, from: 7, denoiser: data)
    let first = try LinearRun(Heun(), over: Array(levels[..<2]), from: 7, denoiser: data)
    // gamma is 0.5 / 2.
    let raised = NoiseLevel(alpha: 1, sigma: 3.75)
    let second = try LinearRun(
      Heun(), over: [raised, levels[2]],
      from: first.variance + 1.21 * (3.75 * 3.75 - 9), denoiser: data)
    #expect(relativeError(run.variance, second.variance) < 1e-13)
    let most = Churned(Heun(), churn: 40)
    let capped = try LinearRun(most, over: Array(levels[..<2]), from: 7, denoiser: data)
    let top = NoiseLevel(alpha: 1, sigma: 8 * 2.0.squareRoot())
    let whole = try LinearRun(Heun(), over: [top, levels[1]], from: 7 + 64, denoiser: data)
    #expect(relativeError(capped.variance, whole.variance) < 1e-13)
  }

  @Test("Adams' methods add noise in their range only")
  func range() throws {
    let levels = try karrasLevels(8)
    func end(_ sampler: SASolver, _ seed: UInt64) throws -> Tensor {
      try sampler.sample(
        Tensor([30.0]), over: levels, denoiser: data, noise: NoiseSource(seeds: [seed]))
    }
    let none = try end(SASolver(tau: 0), 1)
    #expect(distance(try end(SASolver(range: 100...200), 1), none) == 0)
    #expect(distance(try end(SASolver(range: 1...2), 1), none) > 0)
  }

  @Test("an ancestral split keeps the variance of the level", arguments: AncestralSplit.allCases)
  func split(split: AncestralSplit) {
    let levels = [(0, 1), (0.1, 0.9), (0.6, 0.8), (1, 3), (1, 0.4)].map {
      NoiseLevel(alpha: $0, sigma: $1)
    }
    for (t, s) in zip(levels, levels.dropFirst()) where t.logSNR < s.logSNR {
      for eta in [0, 0.4, 1] {
        let (down, up) = split(from: t, to: s, eta: eta)
        #expect(down.alpha == s.alpha)
        #expect(relativeError(down.sigma * down.sigma + up * up, s.sigma * s.sigma) < 1e-14)
        #expect(eta > 0 || relativeError(down.sigma, s.sigma) < 1e-14)
      }
    }
    // Half of the way twice: from 0.8 to 0.4 and on to 0.2, of which 3 parts in 4 remain at alpha
    // 0.6.
    let (t, s) = (NoiseLevel(alpha: 0.2, sigma: 0.8), NoiseLevel(alpha: 0.6, sigma: 0.4))
    if split == .flow {
      #expect(relativeError(split(from: t, to: s, eta: 1).down.sigma, 0.15) < 1e-14)
    } else {
      // DDPM's posterior: the ratio of Karras' sigmas is 1 / 6.
      #expect(relativeError(split(from: t, to: s, eta: 1).down.sigma, 0.4 / 6) < 1e-14)
    }
  }
}
