import Diffusion
import Foundation
import Testing
import Torch
import Verification

/// What each rule keeps or takes away, whatever the estimates are.
@Suite struct GuidanceRuleTests {
  private let level = NoiseLevel(alpha: 0.6, sigma: 0.8)
  private let cond = NoiseSource(seeds: [1, 2]).normal([3, 4], dtype: .float64)
  private let uncond = NoiseSource(seeds: [3, 4]).normal([3, 4], dtype: .float64)

  /// The inner products of the samples of two tensors.
  private func inner(_ a: Tensor, _ b: Tensor) -> [Double] {
    (a * b).sum(dims: [1, 2]).values(as: Double.self)
  }

  @Test("fully rescaled, a sample has the conditional deviation and its direction stays")
  func rescaled() {
    let linear = LinearGuidance(scale: 7).combine(cond: cond, uncond: uncond, at: level)
    let full = RescaledGuidance(LinearGuidance(scale: 7), factor: 1)
      .combine(cond: cond, uncond: uncond, at: level)
    let deviation = full.variance(dims: [1, 2]).squareRoot()
    #expect(distance(deviation, cond.variance(dims: [1, 2]).squareRoot()) < 1e-14)
    for (ab, (aa, bb)) in zip(inner(full, linear), zip(inner(full, full), inner(linear, linear))) {
      #expect(abs(ab / (aa * bb).squareRoot() - 1) < 1e-14)
    }
    let none = RescaledGuidance(LinearGuidance(scale: 7), factor: 0)
      .combine(cond: cond, uncond: uncond, at: level)
    #expect(distance(none, linear) < 1e-14)
  }

  @Test("rescaling is done on what the network outputs if asked for")
  func rescaledSpace() throws {
    let x = NoiseSource(seeds: [5, 6]).normal([3, 4], dtype: .float64)
    let rule = RescaledGuidance(LinearGuidance(scale: 7), factor: 1, space: .v)
    let guided = Guided(
      conditional: FunctionDenoiser { _, _ in cond },
      unconditional: FunctionDenoiser { _, _ in uncond }, by: rule)
    func v(_ x0: Tensor) -> Tensor {
      PredictionType.v.output(x0: x0, epsilon: level.epsilon(in: x, of: x0), at: level)
    }
    let deviation = v(try guided(x, at: level)).variance(dims: [1, 2])
    #expect(distance(deviation, v(cond).variance(dims: [1, 2])) < 1e-13)
  }

  @Test("projected guidance adds nothing along the conditional estimate")
  func projected() {
    let change =
      ProjectedGuidance(scale: 6).combine(cond: cond, uncond: uncond, at: level) - cond
    #expect(inner(change, cond).allSatisfy { abs($0) < 1e-12 })
    #expect(inner(change, uncond).allSatisfy { $0 < -1 })
    let all = ProjectedGuidance(scale: 6, parallel: 1)
      .combine(cond: cond, uncond: uncond, at: level)
    let linear = LinearGuidance(scale: 6).combine(cond: cond, uncond: uncond, at: level)
    #expect(distance(all, linear) < 1e-13)
  }

  @Test("the difference of the estimates is held to a length")
  func heldLength() {
    func lengths(_ limit: Double) -> [Double] {
      let change =
        ProjectedGuidance(scale: 3, parallel: 1, maximumNorm: limit)
        .combine(cond: cond, uncond: uncond, at: level) - cond
      return inner(change, change).map { $0.squareRoot() / 2 }
    }
    let own = inner(cond - uncond, cond - uncond).map { $0.squareRoot() }
    #expect(zip(lengths(0.5), own).allSatisfy { abs($0 - 0.5) < 1e-14 && $1 > 0.5 })
    #expect(zip(lengths(100), own).allSatisfy { abs($0 - $1) < 1e-13 })
  }

  @Test("momentum counts each level once, and a noisier level forgets the run")
  func momentum() {
    let rule = ProjectedGuidance(scale: 2, parallel: 1, momentum: -0.5)
    func change(_ factor: Double, sigma: Double) -> Double {
      let change =
        rule.combine(
          cond: Tensor([1.0 + factor]), uncond: Tensor([1.0]),
          at: NoiseLevel(alpha: 1, sigma: sigma)) - (1.0 + factor)
      return change.item()
    }
    #expect(change(1, sigma: 8) == 1)
    #expect(change(1, sigma: 4) == 0.5)
    #expect(change(2, sigma: 4) == 1.5, "a second evaluation at one level")
    #expect(change(1, sigma: 2) == 0.25, "its last difference counts")
    #expect(change(1, sigma: 4) == 1, "what came before has been forgotten")
    #expect(change(1, sigma: 9) == 1)
    #expect(change(1, sigma: 8) == 0.5)
  }

  @Test("CFG-Zero* does not care how long the unconditional velocity is")
  func zeroStar() {
    let rule = ZeroStarGuidance(scale: 4)
    let once = rule.combine(cond: cond, uncond: uncond, at: level)
    let thrice = rule.combine(cond: cond, uncond: -3 * uncond, at: level)
    #expect(distance(once, thrice) < 1e-7)
    let best = (once - 4 * cond) / -3
    #expect(zip(inner(cond - best, uncond), inner(cond, uncond)).allSatisfy { abs($0 / $1) < 1e-6 })
  }

  @Test("without a velocity the first steps leave the samples where they are")
  func zeroInit() throws {
    let levels = try FlowSchedule().levels(6)
    let data = NormalData(mean: 1, variance: 0.25)
    let guided = Guided(
      conditional: data, unconditional: NormalData(variance: 1),
      by: ZeroStarGuidance(scale: 1, zeroDownTo: levels[1]))
    let start = NoiseSource(seeds: [1, 2]).normal([3], dtype: .float64)
    var steps: [Tensor] = []
    _ = try Euler().sample(
      start, over: levels, denoiser: guided, noise: NoiseSource(seeds: [1, 2])
    ) { steps.append($0.x) }
    #expect(distance(steps[0], start) < 1e-14)
    #expect(distance(steps[1], start) < 1e-14)
    let third = try Euler().sample(
      start, over: [levels[2], levels[3]], denoiser: data, noise: NoiseSource(seeds: [1, 2]))
    #expect(distance(steps[2], third) < 1e-14)
  }

  @Test("tangential guidance keeps of the unconditional estimate what both share most")
  func tangential() {
    let rule = TangentialGuidance(scale: 0)
    // At scale 0 only the projected unconditional estimate is left.
    let a = Tensor([3.0, 0, 0, 0], shape: [1, 4])
    let b = Tensor([0.0, 1, 0, 0], shape: [1, 4])
    #expect(distance(rule.combine(cond: a, uncond: b, at: level), 0 * a) < 1e-15)
    #expect(distance(rule.combine(cond: b, uncond: a, at: level), a) < 1e-15)
    #expect(distance(rule.combine(cond: a, uncond: 2 * a + 0 * b, at: level), 2 * a) < 1e-14)
    let once = rule.combine(cond: cond, uncond: uncond, at: level)
    #expect(inner(once, uncond - once).allSatisfy { abs($0) < 1e-12 })
  }

  @Test("magnitude-aware guidance has the scale that the distance allows")
  func magnitude() {
    let rule = MagnitudeAwareGuidance(scale: 5, decay: 2)
    let guided = rule.combine(cond: Tensor([3.0, -3]), uncond: Tensor([2.0, -6]), at: level)
    let scale = 1 + 4 * exp(-2 * 0.5)
    #expect(distance(guided, Tensor([2 + scale, -6 + 3 * scale])) < 1e-14)
  }

  @Test("a perpendicular negative takes nothing of the prompt away")
  func perpendicular() throws {
    let negative = NoiseSource(seeds: [7, 8]).normal([3, 4], dtype: .float64)
    func constant(_ x0: Tensor) -> FunctionDenoiser { FunctionDenoiser { _, _ in x0 } }
    func guided(_ against: Tensor, _ weight: Double) throws -> Tensor {
      try PerpendicularNegative(
        conditional: constant(cond), negative: constant(against), unconditional: constant(uncond),
        scale: 5, weight: weight)(cond, at: level)
    }
    let linear = LinearGuidance(scale: 5).combine(cond: cond, uncond: uncond, at: level)
    #expect(distance(try guided(negative, 0), linear) < 1e-14)
    let change = try guided(negative, 0.7) - linear
    #expect(inner(change, cond - uncond).allSatisfy { abs($0) < 1e-12 })
    #expect(inner(change, negative - uncond).allSatisfy { $0 < -1 })
    // A negative prompt in the prompt's own direction has no perpendicular part.
    #expect(distance(try guided(2 * cond - uncond, 0.7), linear) < 1e-13)
  }
}
