import Diffusion
import Foundation
import Testing
import Torch
import Verification

/// A path that a seed alone decides.
@Suite struct BrownianPathTests {
  private static let shape = [64, 64]
  private let x = Tensor.zeros([1] + Self.shape, dtype: .float64)
  private let levels = [
    NoiseLevel(alpha: 0, sigma: 1), NoiseLevel(alpha: 1, sigma: 80), NoiseLevel(alpha: 1, sigma: 3),
    NoiseLevel(alpha: 0.6, sigma: 0.8), NoiseLevel(alpha: 1, sigma: 0.4),
    NoiseLevel(alpha: 1, sigma: 0.002), .clean,
  ]

  /// The difference of the path's values, not scaled to unit variance.
  private func difference(
    _ source: NoiseSource, _ t: NoiseLevel, _ s: NoiseLevel, like x: Tensor
  ) -> Tensor {
    abs(t.brownianTime - s.brownianTime).squareRoot() * source.increment(like: x, from: t, to: s)
  }

  @Test("the increments over any subdivision add up to the whole")
  func additive() {
    let source = NoiseSource(seeds: [5])
    for first in 0..<levels.count - 2 {
      for last in first + 2..<levels.count {
        let whole = difference(source, levels[first], levels[last], like: x)
        let parts = (first..<last).map {
          difference(source, levels[$0], levels[$0 + 1], like: x)
        }
        // The times are rounded to 2^-20, the differences are scaled by those that are not.
        #expect(distance(parts.dropFirst().reduce(parts[0], +), whole) < 1e-4)
      }
    }
  }

  @Test("to the last bits where the times are multiples of 2^-20")
  func additiveExactly() {
    // lambda = 4 u / (1 - u) has the time (1 - u) / 2.
    func level(_ time: Double) -> NoiseLevel {
      let u = 1 - 2 * time
      let lambda = 4 * u / (1 - abs(u))
      return NoiseLevel(alpha: 1, sigma: exp(-lambda))
    }
    let source = NoiseSource(seeds: [6])
    let points = [0.75, 0.6875, 0.5, 0.4375, 0.25, 0.125].map(level)
    for (index, time) in [0.75, 0.6875, 0.5, 0.4375, 0.25, 0.125].enumerated() {
      #expect(abs(points[index].brownianTime - time) < 1e-15)
    }
    let parts = zip(points, points.dropFirst()).map { difference(source, $0, $1, like: x) }
    let whole = difference(source, points[0], points[5], like: x)
    #expect(distance(parts.dropFirst().reduce(parts[0], +), whole) < 1e-14)
    let back = source.increment(like: x, from: points[5], to: points[0])
    #expect(distance(back, -source.increment(like: x, from: points[0], to: points[5])) == 0)
  }

  @Test("what was asked for before changes nothing, to the bit")
  func independentOfQueries() {
    func all(_ order: [Int]) -> [Int: Tensor] {
      let source = NoiseSource(seeds: [7])
      let pairs = order.map {
        ($0, source.increment(like: x, from: levels[$0], to: levels[$0 + 1]))
      }
      return Dictionary(uniqueKeysWithValues: pairs)
    }
    let forwards = all([0, 1, 2, 3, 4, 5])
    let shuffled = all([4, 1, 5, 0, 3, 2])
    for index in 0..<6 {
      #expect(
        forwards[index].flatMap { a in shuffled[index].map { distance(a, $0) } } == 0)
    }
    let alone = NoiseSource(seeds: [7]).increment(like: x, from: levels[3], to: levels[4])
    #expect(forwards[3].map { distance($0, alone) } == 0)
  }

  @Test("a sample's path does not depend on its batch, and another seed has another")
  func seeds() {
    let both = NoiseSource(seeds: [8, 9])
      .increment(like: Tensor.zeros([2, 4, 4]), from: levels[1], to: levels[2])
    for (index, seed) in [UInt64(8), 9].enumerated() {
      let alone = NoiseSource(seeds: [seed])
        .increment(like: Tensor.zeros([1, 4, 4]), from: levels[1], to: levels[2])
      #expect(distance(both.narrowed(dim: 0, start: index, length: 1), alone) == 0)
      #expect(alone.dtype == .float32)
    }
    let halves = both.chunked(2)
    #expect(distance(halves[0], halves[1]) > 0.1)
  }

  /// 4096 independent paths: means are within 5 / 64, variances within 5 sqrt(2) / 64.
  @Test("increments are unit normal, and those of disjoint intervals uncorrelated")
  func moments() {
    let source = NoiseSource(seeds: [10])
    let increments = zip(levels, levels.dropFirst()).map {
      source.increment(like: x, from: $0, to: $1)
    }
    for (i, a) in increments.enumerated() {
      #expect(abs(a.mean().item()) < 5.0 / 64)
      #expect(abs((a * a).mean().item() - 1) < 5 * 2.0.squareRoot() / 64)
      for b in increments[..<i] { #expect(abs((a * b).mean().item()) < 5.0 / 64) }
    }
    // An interval and its part correlate as the square root of their lengths' ratio.
    let whole = source.increment(like: x, from: levels[0], to: levels[3])
    let part = levels[0].brownianTime - levels[1].brownianTime
    let ratio = part / (levels[0].brownianTime - levels[3].brownianTime)
    #expect(abs((whole * increments[0]).mean().item() - ratio.squareRoot()) < 5.0 / 64)
  }

  /// 262,144 independent paths: variances are within 5 sqrt(2) / 512.
  @Test("a middle has the variance that its interval leaves it")
  func middles() {
    let x = Tensor.zeros([1, 512, 512], dtype: .float64)
    let source = NoiseSource(seeds: [11])
    for (t, s) in zip(levels, levels.dropFirst()) {
      let increment = source.increment(like: x, from: t, to: s)
      #expect(abs((increment * increment).mean().item() - 1) < 5 * 2.0.squareRoot() / 512)
    }
  }

  @Test("levels that are closer than the path's times still have unit noise between them")
  func close() {
    let source = NoiseSource(seeds: [12])
    for level in levels {
      let near = NoiseLevel(alpha: level.alpha, sigma: level.sigma * (1 - 1e-13))
      for (t, s) in [(level, near), (near, level)] {
        let increment = source.increment(like: x, from: t, to: s)
        #expect(abs((increment * increment).mean().item() - 1) < 5 * 2.0.squareRoot() / 64)
      }
    }
  }

  @Test("time depends on the signal-to-noise ratio only, and grows with the noise from 0 to 1")
  func time() {
    let times = levels.map(\.brownianTime)
    #expect(times.first == 1 && times.last == 0)
    #expect(zip(times, times.dropFirst()).allSatisfy { $0 > $1 })
    for level in levels.dropFirst() {
      for path in NoisePath.allCases {
        #expect(abs(path.level(level).brownianTime - level.brownianTime) < 1e-15)
      }
    }
  }

  /// Along one path, the samples of a stochastic equation converge, and not only their
  /// distribution.
  @Test(
    "a seed leads to the same sample for more and more steps",
    arguments: ["dpmpp-sde", "dpmpp-2m-sde", "dpmpp-3m-sde", "flow-sde"])
  func strong(name: String) throws {
    let sampler = try Samplers.named(name)
    func run(_ count: Int) throws -> Tensor {
      let noise = NoiseSource(seeds: [11])
      let levels = try karrasLevels(count)
      return try sampler.sample(
        80 * noise.normal([256], dtype: .float64), over: levels,
        denoiser: NormalData(variance: 0.25),
        noise: noise)
    }
    func apart(_ a: Tensor, _ b: Tensor) -> Double {
      ((a - b) * (a - b)).mean().item().squareRoot()
    }
    let (fifty, hundred, more) = (try run(50), try run(100), try run(400))
    #expect(apart(fifty, more) < 0.15)
    #expect(apart(hundred, more) < 0.65 * apart(fifty, more))
  }
}
