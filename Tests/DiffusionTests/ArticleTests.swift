import Diffusion
import Testing
import Torch

/// The worked example of `Diffusion.docc/Diffusion.md`, line for line.
@Suite struct ArticleTests {
  @Test("the article's example draws from the distribution that it says")
  func example() throws {
    let height = FunctionDenoiser { x, level in
      let (mean, variance) = (170.0, 36.0)
      let noisy = level.alpha * level.alpha * variance + level.sigma * level.sigma
      return mean + level.alpha * variance / noisy * (x - level.alpha * mean)
    }
    let schedule = try KarrasSchedule(sigmaMin: 0.01, sigmaMax: 2000)
    let levels = try schedule.levels(50)
    let noise = NoiseSource(seeds: [1, 2, 3])
    let x = schedule.path.priorScale(at: levels[0]) * noise.normal([10_000])
    let people = try Samplers.named("dpmpp-2m")
      .sample(x, over: levels, denoiser: height, noise: noise) { step in
        print("step \(step.index) of \(step.count)")
      }

    #expect(people.shape == [3, 10_000])
    #expect(abs(people.mean().item() - 170) < 1)
    #expect(abs(people.variance().item().squareRoot() - 6) < 0.1)
  }
}
