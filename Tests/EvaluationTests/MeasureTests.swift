import TestSupport
import Testing
import Torch

@testable import Evaluation

@Suite struct IntervalTests {
  @Test("Wilson's intervals and quantiles are scipy's and numpy's")
  func golden() throws {
    let fixture = try EvaluationFixture.read()
    for row in fixture.wilson {
      let found = Estimate(successes: Int(row[0]), of: Int(row[1]))
      #expect(found.value == row[0] / row[1])
      #expect(abs(found.interval.lower - row[2]) < 1e-12)
      #expect(abs(found.interval.upper - row[3]) < 1e-12)
    }
    for row in fixture.quantiles {
      #expect(abs(quantile(fixture.values, row[0]) - row[1]) < 1e-12)
    }
  }

  @Test("resampled values are moved to have their mean at the value")
  func resampled() {
    let estimate = Estimate(10, resampled: (0...40).map { 100 + Double($0) })
    #expect(estimate.value == 10)
    #expect(estimate.interval == Interval(lower: -9, upper: 29))
  }
}

@Suite struct KernelDistanceTests {
  @Test("the distance is that of its definition")
  func golden() throws {
    let fixture = try EvaluationFixture.read()
    let (x, y) = (EvaluationFixture.tensor(fixture.x), EvaluationFixture.tensor(fixture.y))
    let found = try KernelDistance(from: y)(x)
    #expect(abs(found.value - fixture.kernel) < 1e-9 * abs(fixture.kernel))
    #expect(found.interval.lower < found.value && found.value < found.interval.upper)
  }

  @Test("two samples and two, by hand")
  func enumerated() throws {
    // One channel, so the kernel is (x y + 1)³.
    let x = Tensor([0.0, 1.0], shape: [2, 1])
    let y = Tensor([1.0, 2.0], shape: [2, 1])
    // Within: (0·1 + 1)³ = 1 and (1·2 + 1)³ = 27; across: 1, 1, 8, 27, of mean 9.25.
    #expect(abs(try KernelDistance(from: y)(x).value - (1 + 27 - 2 * 9.25)) < 1e-12)
  }
}

@Suite struct NeighbourTests {
  @Test("the nearest are found in order, also across the parts that are compared at a time")
  func order() throws {
    // The numbers 0, 3, 6, …, 8997, backwards.
    let set = (Tensor.range(to: 3000, dtype: .float32) * 3).flipped([0]).unsqueezed(1)
    let points = Tensor([Float(-1), 4, 8998], shape: [3, 1])
    let found = try nearestNeighbours(of: points, among: set, count: 2)
    #expect(found.distances.values(as: Double.self) == [1, 4, 1, 2, 1, 4])
    #expect(found.indices.values(as: Int.self) == [2999, 2998, 2998, 2997, 0, 1])
    #expect(found.nearest == [1, 1, 1])
    #expect(found.nearestIndices == [2999, 2998, 0])
  }

  @Test("bytes are compared as numbers")
  func bytes() throws {
    let set = Tensor([UInt8](repeating: 0, count: 3) + [255, 255, 255], shape: [2, 3])
    let point = Tensor([UInt8(200), 255, 255], shape: [1, 3])
    let found = try nearestNeighbours(of: point, among: set)
    #expect(found.nearest == [55])
    #expect(found.nearestIndices == [1])
  }
}

@Suite struct PrecisionRecallTests {
  @Test("on a line, the shares are those counted by hand")
  func line() throws {
    // With k = 1, the real manifold is [-1, 2] and [9, 11] about 0, 1 and 10 with radii 1, 1, 9.
    let real = Tensor([0.0, 1, 10], shape: [3, 1])
    let generated = Tensor([-1.5, 1.5, 19.5, 30], shape: [4, 1])
    let found = try PrecisionRecall(generated: generated, real: real, k: 1)
    // -1.5 is 1.5 from 0 and 11.5 from 10: outside. 1.5 is within 1 of 1. 19.5 is 9.5 from 10.
    #expect(found.precision.value == 0.25)
    // Radii of the generated: 3, 3, 10.5, 10.5. All real ones are within: 1.5, 0.5 and 9.5.
    #expect(found.recall.value == 1)
  }

  @Test("a set against itself is all inside")
  func itself() throws {
    let x = Generator(seed: 9).normal([50, 3])
    let found = try PrecisionRecall(generated: x, real: x)
    #expect(found.precision.value == 1)
    #expect(found.recall.value == 1)
  }
}

@Suite struct RetrievalTests {
  @Test("a caption that likes its own picture best finds it, and one that does not is last")
  func ends() throws {
    let kinds = (0..<30).map { "kind \($0)" }
    let scores = Tensor.range(to: 30).oneHot(30).converted(to: .float32)
    let best = try retrievalPlaces(
      scores: scores, kinds: kinds, candidates: 20, using: Generator(seed: 1))
    #expect(best == [Int](repeating: 1, count: 30))
    let worst = try retrievalPlaces(
      scores: -scores, kinds: kinds, candidates: 20, using: Generator(seed: 1))
    #expect(worst == [Int](repeating: 20, count: 30))
    let found = try Retrieval(
      scores: scores, kinds: kinds, candidates: 20, using: Generator(seed: 1))
    #expect(found.share.value == 1)
    #expect(found.chance == 0.25)
  }

  @Test("ties and scores that are no numbers count against a caption")
  func ties() throws {
    let kinds = (0..<10).map { "kind \($0)" }
    for score in [0, Float.nan] {
      let places = try retrievalPlaces(
        scores: .full([10, 10], .init(score)), kinds: kinds, candidates: 10,
        using: Generator(seed: 1))
      #expect(places == [Int](repeating: 10, count: 10))
    }
  }

  @Test("pictures of one kind are never candidates together")
  func kinds() throws {
    // Two kinds, so there is one candidate beside a caption's own.
    let kinds = (0..<12).map { "kind \($0 % 2)" }
    let places = try retrievalPlaces(
      scores: .zeros([12, 12]), kinds: kinds, candidates: 200, using: Generator(seed: 1))
    #expect(places == [Int](repeating: 2, count: 12))
    let found = try Retrieval(
      scores: .zeros([12, 12]), kinds: kinds, top: 1, using: Generator(seed: 1))
    #expect(found.candidates == 2)
    #expect(found.share.value == 0)
  }
}
