import Diffusion
import Testing
import Torch
import Verification

/// DPM-Solver with steps of its own.
@Suite struct AdaptiveTests {
  private let levels = [NoiseLevel(alpha: 1, sigma: 80), NoiseLevel(alpha: 1, sigma: 0.002)]

  private func run(
    _ sampler: DPMAdaptive, _ starts: [Double] = MixtureTests.starts
  ) throws -> (end: [Double], evaluations: Int) {
    let counting = CountingDenoiser(NormalMixture.example)
    let end = try sampler.sample(
      Tensor(starts), over: levels, denoiser: counting,
      noise: NoiseSource(seeds: starts.indices.map { UInt64($0) }))
    return (end.values(as: Double.self), counting.count)
  }

  @Test("a tenth of the tolerance costs more evaluations and leaves less error", arguments: [2, 3])
  func tolerances(order: Int) throws {
    func measure(_ tolerance: Double) throws -> (error: Double, evaluations: Int) {
      let sampler = DPMAdaptive(
        order: order, relativeTolerance: tolerance, absoluteTolerance: tolerance / 10)
      let (end, evaluations) = try run(sampler)
      return (zip(end, MixtureTests.ends).map { abs($0 - $1) }.max() ?? .nan, evaluations)
    }
    let (coarse, fine) = (try measure(1e-3), try measure(1e-4))
    #expect(fine.error < 0.5 * coarse.error)
    #expect(fine.evaluations > coarse.evaluations)
    #expect(fine.error < 2e-3)
  }

  @Test("every sample has the steps that it has alone")
  func alone() throws {
    let together = try run(DPMAdaptive())
    var evaluations = 0
    for (start, expected) in zip(MixtureTests.starts, together.end) {
      let alone = try run(DPMAdaptive(), [start])
      #expect(alone.end == [expected])
      evaluations += alone.evaluations
    }
    #expect(together.evaluations == evaluations)
  }

  @Test("a NaN ends the run")
  func notFinite() {
    let broken = FunctionDenoiser { x, level in level.sigma < 10 ? (0 * x - 1).logarithm() : 0 * x }
    #expect(
      throws: SamplingError.notFinite(step: 1, count: 1, from: levels[0], to: levels[1])
    ) {
      try DPMAdaptive().sample(
        Tensor([3.0, 5]), over: levels, denoiser: broken, noise: NoiseSource(seeds: [1, 2]))
    }
  }

  @Test("a tolerance below rounding ends as well")
  func rounding() throws {
    let sampler = DPMAdaptive(relativeTolerance: 1e-12, absoluteTolerance: 1e-12)
    let x = Tensor([3.0, 5]).converted(to: .float32)
    let short = [NoiseLevel(alpha: 1, sigma: 2), NoiseLevel(alpha: 1, sigma: 1.99999999)]
    let end = try sampler.sample(
      x, over: short, denoiser: NormalData(variance: 0.25), noise: NoiseSource(seeds: [1, 2]))
    #expect(distance(end, x) < 1e-5)
  }
}
