import Diffusion
import Testing
import Torch

@testable import Verification

/// Normal data have linear denoisers, so a run's variance is an exact recursion.
@Suite struct GaussianTests {
  static let steps = [10, 20, 50, 100, 1000]

  /// Variances at the end of a chain that starts from unit noise: linear betas from 1e-4 to 0.02,
  /// 1000 timesteps, leading spacing, the optimal predictor.
  @Test(
    "the output variance of a short chain is the exact one",
    arguments: [
      (
        "ddim", 0.25,
        [0.139972129866, 0.188125549041, 0.223198715519, 0.236177111813, 0.248497547169]
      ),
      (
        "ddpm", 0.25,
        [0.111064302788, 0.153244418103, 0.197245112984, 0.219263564954, 0.24612521136]
      ),
      (
        "ddpm-large", 0.25,
        [0.346950931291, 0.296004634271, 0.267526009756, 0.258561902861, 0.250752075008]
      ),
      ("ddim", 4, [2.95798545852, 3.4408714621, 3.76603504316, 3.8809812949, 3.98741876973]),
      ("ddpm", 4, [2.38930900894, 3.03110347723, 3.55488914153, 3.7644297132, 3.97477657068]),
      (
        "ddpm-large", 4,
        [3.19083593274, 3.56431785994, 3.81809370525, 3.90773164832, 3.99056928871]
      ),
    ])
  func variance(name: String, data: Double, expected: [Double]) throws {
    let schedule = try DiscreteSchedule(.linear(), spacing: .leading())
    for (steps, expected) in zip(Self.steps, expected) {
      let run = try LinearRun(
        Samplers.named(name), over: schedule.levels(steps), from: 1,
        denoiser: NormalData(variance: data))
      #expect(relativeError(run.variance, expected) < 1e-11, "\(steps) steps")
    }
  }

  @Test("DDIM at eta 1 is the ancestral sampler")
  func ancestral() throws {
    let schedule = try DiscreteSchedule(.cosine())
    let levels = try schedule.levels(25)
    let x = NoiseSource(seeds: [4]).normal([16], dtype: .float64)
    let samplers: [any Sampler] = [DDIM(eta: 1), DDPM()]
    let ends = try samplers.map {
      try $0.sample(
        x, over: levels, denoiser: NormalData(mean: 1, variance: 0.5),
        noise: NoiseSource(seeds: [5])
      )
    }
    #expect(distance(ends[0], ends[1]) < 1e-12)
  }

  @Test("Euler's method multiplies by a product of rationals")
  func product() throws {
    let levels = try karrasLevels(40)
    let run = try LinearRun(Euler(), over: levels, from: 1, denoiser: NormalData(variance: 0.25))
    let expected = zip(levels, levels.dropFirst()).reduce(1.0) { product, step in
      let (a, b) = (step.0.sigma, step.1.sigma)
      return product * (0.25 + a * b) / (0.25 + a * a)
    }
    #expect(relativeError(run.factor, expected) < 1e-14)
  }

  @Test("second-order samplers come within 1e-5 of the flow's exact factor")
  func factor() throws {
    for sampler in [Heun() as any Sampler, DPMSolverPlusPlus2M()] {
      let run = try LinearRun(
        sampler, over: karrasLevels(2000), from: 1, denoiser: NormalData(variance: 0.25))
      #expect(relativeError(run.factor, 0.006249927932087134) < 1e-5)
    }
  }
}
