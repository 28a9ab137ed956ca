import Evaluation
import Testing
import Torch

/// The worked example of `Evaluation.docc/Evaluation.md`, line for line.
@Suite struct EvaluationArticleTests {
  @Test("the article's example finds the distance that it says")
  func example() throws {
    let generator = Generator(seed: 0)
    let reference = generator.normal([2000, 8])
    let same = generator.normal([200, 8])
    let moved = generator.normal([200, 8]) + 0.5

    let moments = FeatureMoments(reference)
    let floor = try FrechetDistance(same, from: moments).distance()
    let found = try FrechetDistance(moved, from: moments)
      .estimate(resamples: 50, using: generator)

    #expect(abs(found.value - 2) < 0.05, "\(found)")
    #expect(abs(found.interval.lower - 1.5) < 0.05, "\(found)")
    #expect(abs(found.interval.upper - 2.4) < 0.05, "\(found)")
    #expect(abs(floor - 0.17) < 0.005, "\(floor)")
  }
}
