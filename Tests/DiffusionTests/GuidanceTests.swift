import Diffusion
import Testing
import Torch

/// Guidance between two normal distributions, N(1, 0.25) and N(0, 1), has a closed form.
@Suite struct GuidanceTests {
  private let conditional = Gaussian(mean: 1, variance: 0.25)
  private let unconditional = Gaussian(variance: 1)

  @Test(
    "the guided flow ends at the exact mean and variance",
    arguments: [
      (0, 0, 0.99984377441), (1, 0.993750122067, 0.249990234756),
      (1.5, 1.231821760270, 0.12500244081), (2, 1.373922998156, 0.0625048823357),
      (3, 1.495312408455, 0.0156280517101), (5, 1.498046760562, 0.000976982162892),
      (7.5, 1.438909379566, 3.05396375659e-5),
    ])
  func closedForm(scale: Double, mean: Double, variance: Double) throws {
    let guided = ClassifierFree(
      conditional: conditional, unconditional: unconditional, scale: scale)
    let levels = try KarrasSchedule(sigmaMin: 1e-4).levels(2000)
    let x = Tensor([0.0, 80.0])
    let ends = try Heun().sample(
      x, over: levels, denoiser: guided, noise: NoiseSource(seeds: [0, 1])
    ).values(as: Double.self)
    let deviation = ends[1] - ends[0]
    #expect(abs(ends[0] - mean) < 1e-4)
    #expect(relativeError(deviation * deviation, variance) < 1e-3)
  }

  @Test("at scale 1 only the conditional denoiser is called, and its answer stays as it is")
  func off() throws {
    let refusing = FunctionDenoiser { _, _ in throw PredictionError.noSignal(.clean) }
    let level = NoiseLevel(alpha: 0.6, sigma: 0.8)
    let x = NoiseSource(seeds: [1, 2]).normal([3], dtype: .float64)
    let expected = conditional(x, at: level)
    let two = ClassifierFree(conditional: conditional, unconditional: refusing, scale: 1)
    let one = BatchedClassifierFree(conditional: conditional, pair: refusing, scale: 1)
    #expect(distance(try two(x, at: level), expected) == 0)
    #expect(distance(try one(x, at: level), expected) == 0)
    #expect(throws: PredictionError.self) {
      try BatchedClassifierFree(conditional: conditional, pair: refusing, scale: 2)(x, at: level)
    }
  }

  @Test("one call over twice the batch is two calls")
  func batched() throws {
    let level = NoiseLevel(alpha: 0.6, sigma: 0.8)
    let x = NoiseSource(seeds: [1, 2]).normal([3], dtype: .float64)
    let pair = FunctionDenoiser { x, level in
      let halves = x.chunked(2)
      return concatenate(unconditional(halves[0], at: level), conditional(halves[1], at: level))
    }
    let one = BatchedClassifierFree(conditional: conditional, pair: pair, scale: 3)
    let two = ClassifierFree(conditional: conditional, unconditional: unconditional, scale: 3)
    #expect(distance(try one(x, at: level), try two(x, at: level)) < 1e-15)
  }
}
