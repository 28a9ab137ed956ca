import Foundation
import Testing
import Torch
import Training

@Suite struct WeightedSamplerTests {
  @Test("every item comes once an epoch", arguments: [1, 2, 3, 7, 100, 1023, 1025], [1, 7, 64])
  func permutation(count: Int, batchSize: Int) throws {
    let sampler = try WeightedSampler(count: count, batchSize: batchSize, seed: 3)
    let draws = (1...(3 * count / batchSize + 1)).flatMap { sampler.indices(step: $0) }
    for epoch in 0..<3 {
      #expect(draws[epoch * count..<(epoch + 1) * count].sorted() == Array(0..<count))
    }
  }

  @Test("equal weights are equal whatever they are")
  func equalWeights() throws {
    let ones = try WeightedSampler(count: 1000, batchSize: 1000, seed: 1)
    let tenths = try WeightedSampler(
      weights: [Double](repeating: 0.1, count: 1000), batchSize: 1000, seed: 1)
    #expect(ones.indices(step: 1) == tenths.indices(step: 1))
  }

  @Test("steps, epochs and seeds draw differently, the same step the same")
  func pure() throws {
    let sampler = try WeightedSampler(count: 500, batchSize: 500, seed: 3)
    let other = try WeightedSampler(count: 500, batchSize: 500, seed: 4)
    #expect(sampler.indices(step: 1) == sampler.indices(step: 1))
    #expect(sampler.indices(step: 1) != sampler.indices(step: 2))
    #expect(sampler.indices(step: 1) != other.indices(step: 1))
  }

  /// Pearson's statistic with 49 degrees of freedom is below 86 in 99.9 % of all cases.
  @Test("an item is anywhere in an epoch with the same chance", arguments: [0, 49])
  func uniformPlaces(item: Int) throws {
    let sampler = try WeightedSampler(count: 50, batchSize: 50, seed: 11)
    var counts = [Double](repeating: 0, count: 50)
    for epoch in 1...5000 {
      let place = try #require(sampler.indices(step: epoch).firstIndex(of: item))
      counts[place] += 1
    }
    #expect(counts.reduce(0) { $0 + ($1 - 100) * ($1 - 100) / 100 } < 86)
  }

  @Test("an item of weight w comes w times as often, to within one an epoch")
  func frequencies() throws {
    let weights = (0..<60).map { [0, 0.25, 1, 2.5][$0 % 4] }
    let sampler = try WeightedSampler(weights: weights, batchSize: 60, seed: 2)
    let total = weights.reduce(0, +)
    var sums = [Int](repeating: 0, count: 60)
    for step in 1...2000 {
      var counts = [Int](repeating: 0, count: 60)
      for index in sampler.indices(step: step) { counts[index] += 1 }
      for (index, weight) in weights.enumerated() {
        let expected = 60 * weight / total
        #expect(abs(Double(counts[index]) - expected) < 1)
        sums[index] += counts[index]
      }
    }
    for (index, weight) in weights.enumerated() {
      #expect(abs(Double(sums[index]) / 2000 - 60 * weight / total) < 0.05)
    }
  }

  @Test("the parts of a step are the step")
  func parts() throws {
    let plan = try TrainingPlan(
      steps: 10, batchSize: 12, accumulation: 3, learningRate: LearningRate(peak: 1))
    let sampler = try WeightedSampler(count: 50, batchSize: 12, seed: 2)
    let parts = (0..<3).map { TrainingStep(number: 7, part: $0, plan: plan) }
    #expect(parts.flatMap { sampler.indices(for: $0) } == sampler.indices(step: 7))
  }

  @Test("no two parts of a run draw the same, and a step draws the same again")
  func generators() throws {
    let plan = try TrainingPlan(
      steps: 10, batchSize: 12, accumulation: 2, learningRate: LearningRate(peak: 1), seed: 9)
    var draws: Set<[Int]> = []
    for number in 1...1000 {
      for part in 0..<2 {
        let step = TrainingStep(number: number, part: part, plan: plan)
        draws.insert(step.generator.integers(in: 0..<1 << 40, [2]).values(as: Int.self))
      }
    }
    #expect(draws.count == 2000)
    let again = TrainingStep(number: 5, part: 1, plan: plan).generator.integers(
      in: 0..<1 << 40, [2])
    #expect(draws.contains(again.values(as: Int.self)))
  }

  @Test("LibTorch tells seeds apart by their lower 32 bits, which is why ours differ there")
  func seedBits() {
    let low = Generator(seed: 5).normal([4]).values(as: Float.self)
    #expect(Generator(seed: 5 + 1 << 32).normal([4]).values(as: Float.self) == low)
  }

  @Test("weights and sizes out of range are refused by name")
  func errors() {
    let message = { (weights: [Double], batchSize: Int) -> String in
      do {
        _ = try WeightedSampler(weights: weights, batchSize: batchSize, seed: 0)
        return "accepted"
      } catch {
        return "\(error)"
      }
    }
    #expect(message([], 1) == "weights: expected at least one item, found none")
    #expect(message([0, 0], 1) == "weights: expected a weight above 0, found only zeros")
    #expect(message([1, -1], 1) == "weights[1]: expected a number from 0, found -1.0")
    #expect(message([.nan], 1) == "weights[0]: expected a number from 0, found nan")
    #expect(message([1, .infinity], 1) == "weights[1]: expected a number from 0, found inf")
    #expect(message([1], 0) == "batchSize: expected a whole number from 1, found 0")
  }
}
