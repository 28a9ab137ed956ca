import Testing
import Torch

@testable import Evaluation

@Suite struct FrechetDistanceTests {
  /// Where the covariances commute, the distance is `|Δμ|² + Σ (√a - √b)²` over the axes.
  @Test("two normal distributions along the axes have the closed form")
  func closedForm() throws {
    let a = moments(mean: [1, 2, 3], variances: [4, 9, 0])
    let b = moments(mean: [1, 0, 6], variances: [1, 25, 16])
    let expected = 0 + 4 + 9 + 1 + 4 + 16.0
    #expect(abs(try frechetDistance(a, b) - expected) < 1e-12)
    #expect(abs(try frechetDistance(b, a) - expected) < 1e-12)
    #expect(abs(try frechetDistance(a, a)) < 1e-12)
  }

  @Test("samples give scipy's distance")
  func golden() throws {
    let fixture = try EvaluationFixture.read()
    let (x, y) = (EvaluationFixture.tensor(fixture.x), EvaluationFixture.tensor(fixture.y))
    let reference = FeatureMoments(y)
    #expect(abs(try frechetDistance(FeatureMoments(x), reference) - fixture.frechet) < 1e-9)
    #expect(abs(try FrechetDistance(x, from: reference).distance() - fixture.frechet) < 1e-9)
    let few = x.narrowed(dim: 0, start: 0, length: 5)
    // Fewer samples than channels: scipy's root of the singular product is exact to about 1e-7.
    #expect(
      abs(try FrechetDistance(few, from: reference).distance() - fixture.frechetOfFew) < 1e-6)
  }

  @Test("a resample has the distance of its samples, repeated ones included")
  func resample() throws {
    let fixture = try EvaluationFixture.read()
    let (x, y) = (EvaluationFixture.tensor(fixture.x), EvaluationFixture.tensor(fixture.y))
    var counts = [Int](repeating: 0, count: 40)
    for index in [0, 0, 0, 1, 2, 2, 7, 11] { counts[index] += 1 }
    let found = try FrechetDistance(x, from: FeatureMoments(y)).distance(counts: counts)
    #expect(abs(found - fixture.frechetOfResample) < 1e-6)
  }

  @Test("the interval is about the value, and narrows with the number of samples")
  func interval() throws {
    let generator = Generator(seed: 5)
    let reference = FeatureMoments(generator.normal([4000, 4]))
    func width(_ samples: Int) throws -> Double {
      let distance = try FrechetDistance(generator.normal([samples, 4]) + 0.5, from: reference)
      let estimate = try distance.estimate(resamples: 40, using: Generator(seed: 6))
      #expect(estimate.interval.lower < estimate.value)
      #expect(estimate.value < estimate.interval.upper)
      #expect(estimate == (try distance.estimate(resamples: 40, using: Generator(seed: 6))))
      return estimate.interval.upper - estimate.interval.lower
    }
    #expect(try width(320) < 0.6 * width(40))
  }

  @Test("groups of fixed sizes add nothing to the interval")
  func strata() throws {
    let generator = Generator(seed: 7)
    let sides = (0..<200).map { $0 % 2 == 0 ? 10.0 : -10 }
    func samples(_ count: Int) -> Tensor {
      generator.normal([count, 4], dtype: .float64)
        + Tensor((0..<count).map { sides[$0 % 200] }, shape: [count, 1])
    }
    let distance = try FrechetDistance(samples(200), from: FeatureMoments(samples(4000)))
    func width(_ strata: [[Int]]?) throws -> Double {
      let interval = try distance.estimate(
        resamples: 60, strata: strata, using: Generator(seed: 8)
      ).interval
      return interval.upper - interval.lower
    }
    let groups = (0..<2).map { Array(stride(from: $0, to: 200, by: 2)) }
    #expect(try width(groups) < 0.3 * width(nil))
    #expect(try width([Array(0..<200)]) == width(nil))
  }

  @Test("sets of other channels are an error")
  func mismatch() throws {
    let reference = FeatureMoments(Generator(seed: 1).normal([8, 3]))
    #expect(throws: TorchError.self) {
      try FrechetDistance(Generator(seed: 1).normal([8, 4]), from: reference)
    }
  }

  private func moments(mean: [Double], variances: [Double]) -> FeatureMoments {
    let count = mean.count
    let identity = Tensor.range(to: count).oneHot(count).converted(to: .float64)
    return FeatureMoments(mean: Tensor(mean), covariance: identity * Tensor(variances))
  }
}
