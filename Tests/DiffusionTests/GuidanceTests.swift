import Diffusion
import Foundation
import Testing
import Torch

@testable import Verification

/// Guidance between normal distributions has a closed form: with weights that sum to 1 the guided
/// flow of centred ones multiplies by `Π ((s² + sigma²) / (s² + 80²))^(weight / 2)`.
@Suite struct GuidanceTests {
  private let conditional = NormalData(mean: 1, variance: 0.25)
  private let unconditional = NormalData(variance: 1)
  private let refusing = FunctionDenoiser { _, _ in throw PredictionError.noSignal(.clean) }
  private let level = NoiseLevel(alpha: 0.6, sigma: 0.8)

  @Test(
    "the guided flow ends at the exact mean and variance, to the printed digits",
    arguments: [
      (0, 0, 0.99984377441), (1, 0.993750122067, 0.249990234756),
      (1.5, 1.231821760270, 0.12500244081), (2, 1.373922998156, 0.0625048823357),
      (3, 1.495312408455, 0.0156280517101), (5, 1.498046760562, 0.000976982162892),
      (7.5, 1.438909379566, 3.05396375659e-5),
    ])
  func closedForm(scale: Double, mean: Double, variance: Double) throws {
    let flow = try AffineFlow(
      ClassifierFree(conditional: conditional, unconditional: unconditional, scale: scale),
      panels: 900)
    #expect(abs(flow.offset[0] - mean) < 1e-12)
    #expect(relativeError(flow.variance(), variance) < 1e-11)
  }

  @Test("a sampler ends there too, but for its steps")
  func sampled() throws {
    let guided = ClassifierFree(
      conditional: conditional, unconditional: unconditional, scale: 3)
    let levels = try KarrasSchedule(sigmaMin: 1e-4).levels(500)
    let ends = try Heun().sample(
      Tensor([0.0, 80.0]), over: levels, denoiser: guided, noise: NoiseSource(seeds: [0, 1])
    ).values(as: Double.self)
    let deviation = ends[1] - ends[0]
    #expect(abs(ends[0] - 1.495312408455) < 1e-3)
    #expect(relativeError(deviation * deviation, 0.0156280517101) < 1e-2)
  }

  @Test("guidance in an interval multiplies by each part's closed form")
  func interval() throws {
    let rule = IntervalGuidance(LinearGuidance(scale: 3), above: 0.3, upTo: 3)
    let guided = Guided(conditional: conditional, unconditional: unconditional, by: rule)
    let flow = try AffineFlow(guided, breaks: [3, 0.3])
    func part(_ scale: Double, _ from: Double, _ to: Double) -> Double {
      pow((0.25 + to * to) / (0.25 + from * from), scale)
        * pow((1 + to * to) / (1 + from * from), 1 - scale)
    }
    let expected = 6400 * part(1, 80, 3) * part(3, 3, 0.3) * part(1, 0.3, 0)
    #expect(relativeError(flow.variance(), expected) < 1e-11)
    let ends = [0.3, 0.30001, 3, 3.00001].map {
      rule.isOff(at: NoiseLevel(alpha: 1, sigma: $0))
    }
    #expect(ends == [true, false, false, true])
  }

  @Test(
    "guidance is on for the steps that lie within a part of a run",
    arguments: [
      (0.0, 1.0, 0..<10), (0.2, 0.7, 2..<7), (0.25, 0.75, 3..<7), (0.7, 1, 7..<10),
      (0, 0.3, 0..<3), (0.95, 1, 10..<10), (0, 0.05, 0..<0), (0.5, 0.5, 5..<5),
    ])
  func partOfRun(start: Double, end: Double, on: Range<Int>) throws {
    // Half of them begin with noise alone, which has no Karras' sigma.
    for levels in [try FlowSchedule().levels(10), try KarrasSchedule().levels(10)] {
      let rule = IntervalGuidance(
        LinearGuidance(scale: 3), along: levels, from: start, to: end)
      for (step, level) in levels.dropLast().enumerated() {
        #expect(rule.isOff(at: level) != on.contains(step), "step \(step)")
      }
    }
  }

  @Test("several conditions multiply, a negative one divides")
  func composition() throws {
    let composed = Composition(
      unconditional: unconditional,
      conditions: [
        .init(NormalData(variance: 0.25), weight: 1.7),
        .init(NormalData(variance: 0.49), weight: 0.8),
        .init(NormalData(variance: 2), weight: -0.6),
      ])
    let expected = [(0.25, 1.7), (0.49, 0.8), (2, -0.6), (1, -0.9)].reduce(6400.0) {
      $0 * pow($1.0 / ($1.0 + 6400), $1.1)
    }
    #expect(relativeError(try AffineFlow(composed).variance(), expected) < 1e-11)
  }

  @Test("conditions that do not count are not called, and one that counts once stays as it is")
  func uncounted() throws {
    let x = NoiseSource(seeds: [1, 2]).normal([3], dtype: .float64)
    let one = Composition(
      unconditional: refusing,
      conditions: [.init(conditional, weight: 1), .init(refusing, weight: 0)])
    #expect(distance(try one(x, at: level), conditional(x, at: level)) == 0)
    let none = Composition(unconditional: unconditional, conditions: [])
    #expect(distance(try none(x, at: level), unconditional(x, at: level)) == 0)
    let two = Composition(
      unconditional: refusing,
      conditions: [.init(conditional, weight: 3), .init(unconditional, weight: -2)])
    let scale3 = ClassifierFree(conditional: conditional, unconditional: unconditional, scale: 3)
    #expect(distance(try two(x, at: level), try scale3(x, at: level)) < 1e-14)
  }

  @Test("guiding away from broader versions narrows by the closed form")
  func away() throws {
    let guided = GuidedAway(
      NormalData(variance: 0.25),
      from: [
        .init(NormalData(variance: 1), scale: 2.5), .init(NormalData(variance: 0.36), scale: 1.4),
        .init(refusing, scale: 1),
      ])
    let expected = [(0.25, 2.9), (1, -1.5), (0.36, -0.4)].reduce(6400.0) {
      $0 * pow($1.0 / ($1.0 + 6400), $1.1)
    }
    #expect(relativeError(try AffineFlow(guided).variance(), expected) < 1e-11)
  }

  @Test(
    "with the exact log-probability a classifier's gradient is the condition", arguments: [1, 4])
  func classifier(scale: Double) throws {
    func logDensity(_ data: NormalData, _ x: Tensor, _ level: NoiseLevel) -> Tensor {
      let difference = x - level.alpha * data.mean
      return -0.5 / data.noisyVariance(at: level) * (difference * difference)
    }
    let guided = ClassifierGuided(unconditional, scale: scale) { x, level in
      (logDensity(conditional, x, level) - logDensity(unconditional, x, level)).sum(dims: [1])
    }
    let expected = ClassifierFree(
      conditional: conditional, unconditional: unconditional, scale: scale)
    let x = NoiseSource(seeds: [1, 2]).normal([3], dtype: .float64)
    for path in NoisePath.allCases {
      let level = path.level(level)
      let x0 = try withoutGradients { try guided(x, at: level) }
      #expect(distance(x0, try expected(x, at: level)) < 1e-14)
      #expect(!x0.requiresGradient)
    }
  }

  @Test("a gradient where there is only noise is refused, but not at scale 0")
  func classifierWithoutSignal() throws {
    let x = Tensor([1.0, 2.0], shape: [1, 2])
    let noise = NoiseLevel(alpha: 0, sigma: 1)
    let error = #expect(throws: GuidanceError.noSignal(noise)) {
      try ClassifierGuided(unconditional) { x, _ in x.sum(dims: [1]) }(x, at: noise)
    }
    #expect(error?.description.contains("alpha > 0, found (alpha 0.0, sigma 1.0)") == true)
    let off = ClassifierGuided(unconditional, scale: 0) { _, _ in throw CancellationError() }
    #expect(distance(try off(x, at: noise), unconditional(x, at: noise)) == 0)
  }

  @Test(
    "CFG++ is DDIM whose noise is the unconditional one, on every path",
    arguments: NoisePath.allCases, [0.0, 0.6, 1])
  func plusPlus(path: NoisePath, scale: Double) throws {
    var levels = try karrasLevels(7, on: path) + [.clean]
    if path == .flow { levels.insert(NoiseLevel(alpha: 0, sigma: 1), at: 0) }
    let noise = NoiseSource(seeds: [1, 2])
    let start = levels[0].sigma * noise.normal([3], dtype: .float64)
    let guided = Guided(
      conditional: conditional, unconditional: unconditional,
      by: PlusPlusGuidance(scale: scale, levels: levels))
    let end = try DDIM().sample(start, over: levels, denoiser: guided, noise: noise)
    var x = start
    for (t, s) in zip(levels, levels.dropFirst()) {
      let uncond = unconditional(x, at: t)
      let x0 = uncond + scale * (conditional(x, at: t) - uncond)
      x = s.alpha * x0 + s.sigma * t.epsilon(in: x, of: uncond)
    }
    #expect(distance(end, x) < 1e-11)
  }

  @Test("at scale 1 only the conditional denoiser is called, and its answer stays as it is")
  func off() throws {
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
