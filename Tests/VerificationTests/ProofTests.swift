import Diffusion
import Foundation
import Testing
import Torch

@testable import Verification

/// Heun's method with weights that should be equal, and are not.
private struct LopsidedHeun: Sampler {
  let share: Double
  var order: Int { 2 }
  var isStochastic: Bool { false }

  func step(
    _ x: Tensor, from t: NoiseLevel, to s: NoiseLevel, denoiser: some Denoiser, noise: NoiseSource
  ) throws -> Tensor {
    let x0 = try denoiser(x, at: t)
    guard s.sigma > 0 else { return s.alpha * x0 }
    let epsilon = t.epsilon(in: x, of: x0)
    let predicted = s.noised(x0, by: epsilon)
    let epsilonAtS = s.epsilon(in: predicted, of: try denoiser(predicted, at: s))
    return x + (s.sigma - t.sigma) * ((1 - share) * epsilon + share * epsilonAtS)
  }
}

/// The ancestral sampler with a share of its noise.
private struct QuietDDPM: Sampler {
  let share: Double
  var order: Int { 1 }
  var isStochastic: Bool { true }

  func step(
    _ x: Tensor, from t: NoiseLevel, to s: NoiseLevel, denoiser: some Denoiser, noise: NoiseSource
  ) throws -> Tensor {
    let x0 = try denoiser(x, at: t)
    guard s.sigma > 0 else { return s.alpha * x0 }
    let (t2, s2) = (t.sigma * t.sigma, s.sigma * s.sigma)
    let mean = (s2 / t2) * x + ((t2 - s2) / t2) * x0
    return mean + (share * ((t2 - s2) * s2 / t2).squareRoot()) * noise.normal(like: x)
  }
}

/// A sampler whose noise is a tenth too loud or, if it has none, whose steps are a hundredth too
/// long.
private struct Mistaken: Sampler {
  var base: any Sampler
  var order: Int { base.order }
  var isStochastic: Bool { base.isStochastic }
  var target: DenoiserTarget { base.target }

  mutating func begin(over levels: [NoiseLevel]) { base.begin(over: levels) }

  mutating func step(
    _ x: Tensor, from t: NoiseLevel, to s: NoiseLevel, denoiser: some Denoiser, noise: NoiseSource
  ) throws -> Tensor {
    guard isStochastic else {
      return x + 1.01 * (try base.step(x, from: t, to: s, denoiser: denoiser, noise: noise) - x)
    }
    let loud = NoiseSource {
      1.1 * noise.normal(like: $0)
    } increment: { x, t, s in
      1.1 * noise.increment(like: x, from: t, to: s)
    }
    return try base.step(x, from: t, to: s, denoiser: denoiser, noise: loud)
  }
}

/// What a proof says of right and of wrong mathematics.
@Suite struct ProofTests {
  private func failed(_ sampler: any Sampler) throws -> [String] {
    try SamplerProof("mine", sampler, on: .example)().lines.filter { !$0.holds }.map(\.property)
  }

  @Test("a changed coefficient turns its line red, and an unchanged one does not")
  func mutation() throws {
    #expect(try failed(LopsidedHeun(share: 0.5)).isEmpty)
    #expect(try failed(LopsidedHeun(share: 0.45)).contains("order on the mixture's flow"))
    #expect(try failed(LopsidedHeun(share: 0.55)).contains("order on the mixture's flow"))
    #expect(try failed(QuietDDPM(share: 1)).isEmpty)
    #expect(try failed(QuietDDPM(share: 0.9)).contains("order in the variance"))
  }

  @Test(
    "every sampler's order is its own, and red once a coefficient is changed",
    arguments: Samplers.all.map(\.name))
  func mistaken(name: String) throws {
    let sampler = try Samplers.named(name)
    guard sampler.order > 0, sampler.target == .mean else { return }
    // The right one as the command measures it; a mistake needs no finer steps to show.
    let right = try SamplerProof(name, sampler, flow: .example).orderLine()
    let wrong = try SamplerProof(
      name, Mistaken(base: sampler), flow: .example, refinements: 1
    ).orderLine()
    #expect(right.holds, "\(right)")
    #expect(!wrong.holds, "\(wrong)")
  }

  @Test("Euler's errors at ten to a hundred evaluations are on its curve, and fall")
  func curve() throws {
    let (lines, curve) = try SamplerProof("euler", Euler())()
    let points = try #require(curve).points
    #expect(points.map(\.evaluations) == [10, 20, 50, 100])
    let errors = points.compactMap(\.error)
    #expect(errors.count == 4 && zip(errors, errors.dropFirst()).allSatisfy { $1 < $0 })
    #expect(lines.allSatisfy { $0.holds && $0.subject == "euler" && $0.part == .samplers })
    // Eighty levels are the reference's 1.487e-2.
    #expect(abs(try FlowCase.example.error(of: Euler(), levels: 80) - 1.487e-2) < 5.1e-6)
  }

  @Test("evaluations are counted, whatever a step takes", arguments: [("heun", 2), ("rk4", 4)])
  func evaluations(name: String, each: Int) throws {
    let sampler = try Samplers.named(name)
    let found = try #require(try FlowCase.example.levels(of: sampler, evaluations: 10))
    #expect(found.count == 10 / each + 1 && found.evaluations == 10 / each * each)
    #expect(try FlowCase.example.levels(of: sampler, evaluations: each - 1) == nil)
  }

  @Test("a run that ends in no numbers is a line that does not hold")
  func notFinite() throws {
    let level = NoiseLevel(alpha: 1, sigma: 1)
    let lines = try Proof.failing((.samplers, "mine")) {
      throw SamplingError.notFinite(step: 1, count: 2, from: level, to: .clean)
    }
    #expect(lines.count == 1 && !lines[0].holds && lines[0].measured == nil)
    #expect(lines[0].note?.contains("found NaN or infinity") == true)
    #expect(throws: CancellationError.self) {
      try Proof.failing((.samplers, "mine")) { throw CancellationError() }
    }
  }

  @Test("a claim holds up to its tolerance and not beyond")
  func claims() {
    func holds(_ claim: Claim?, _ measured: Double) -> Bool {
      ProofLine((.guidance, "a"), "b", measured: measured, claim: claim).holds
    }
    #expect(holds(.equal(2, within: 0.5), 2.5) && !holds(.equal(2, within: 0.5), 2.6))
    #expect(holds(.equal(2, share: 0.25), 1.5) && !holds(.equal(-2, share: 0.25), 2))
    #expect(holds(.atLeast(2, within: 0.5), 9) && !holds(.atLeast(2, within: 0.5), 1.4))
    #expect(holds(.atMost(2), -9) && !holds(.atMost(2), 2.1))
    #expect(holds(nil, 7) && !holds(nil, .nan) && !holds(nil, .infinity))
    #expect(!holds(.atMost(2), -.infinity))
  }

  @Test("every sampler of the catalogue has a pin, which a change of two percent turns red")
  func pins() throws {
    for entry in Samplers.all {
      let pin = try #require(SamplerPin.measured[entry.name], "\(entry.name)")
      #expect(pin.errors.count == SamplerProof.limits.count)
      #expect(pin.errors.contains { $0 != nil })
    }
    let euler = try #require(SamplerPin.measured["euler"])
    let lines = try SamplerProof("euler", Euler(), flow: .example, pin: euler)().lines
    #expect(lines.filter { !$0.holds }.isEmpty)
    let other = SamplerPin(
      errors: euler.errors.map { $0.map { 1.02 * $0 } }, short: 1.02 * euler.short,
      slack: euler.slack, variance: euler.variance, mixture: euler.mixture)
    let red = try SamplerProof("euler", Euler(), flow: .example, pin: other)().lines.filter {
      !$0.holds
    }
    let errors = [10, 20, 50, 100].map { "error at \($0) evaluations" }
    #expect(red.map(\.property) == errors + ["error of four steps"])
  }

  @Test(
    "samplers that are told the end of the flow are proven on the mixture",
    arguments: ["lcm", "tcd", "consistency"])
  func answers(name: String) throws {
    let (lines, curve) = try SamplerProof(name, Samplers.named(name))()
    #expect(lines.allSatisfy(\.holds) && curve?.points.count == 4)
    #expect(lines.contains { $0.property.hasPrefix("largest distance of shares") })
    #expect(lines.contains { $0.property == "variance of normal data, 8 exact answers" })
  }

  @Test("unknown names are refused with those that are known")
  func unknown() {
    let error = #expect(throws: UnknownSubject.self) { try Proof.all(only: ["ddim", "eul"]) }
    #expect(error?.name == "eul" && error?.known.contains("euler") == true)
    #expect(error?.description.contains("there is nothing called \"eul\"") == true)
    #expect(error?.nearest.first == "euler")
    #expect(error?.description.contains("Did you mean euler") == true)
    let unlike = #expect(throws: UnknownSubject.self) { try Proof.all(only: ["watermelon"]) }
    #expect(unlike?.nearest.isEmpty == true)
    #expect(unlike?.description.contains("verify. Known: ddpm, ") == true)
    #expect(throws: UnknownSubject.self) { try Proof.all(only: []) }
  }

  @Test("every guidance rule and every method for measurements is proven, and holds")
  func catalogues() throws {
    let names = Guidances.all.map(\.name) + InverseMethods.all.map(\.name)
    let proof = try Proof.all(only: names)
    for name in names {
      #expect(proof.lines.contains { $0.subject == name }, "\(name)")
    }
    for line in proof.lines where !line.holds { Issue.record("\(line)") }
    #expect(Set(Proof.subjects).count == Proof.subjects.count)
    #expect(Proof.subjects.count == Samplers.all.count + names.count + 2)
  }

  @Test("manifolds and likelihoods hold")
  func spaces() throws {
    let proof = try Proof.all(only: ["manifolds", "likelihood"])
    for line in proof.lines where !line.holds { Issue.record("\(line)") }
    #expect(proof.lines.contains { $0.subject == "so3" })
    #expect(proof.holds)
  }

  @Test("a mixture of one's own is run on", arguments: ["heun", "euler", "dpmpp-2m", "ddpm"])
  func own(name: String) throws {
    let mixture = try NormalMixture(
      weights: [0.25, 0.75], means: [10, 14], deviations: [1, 0.5])
    let proof = try Proof.all(on: mixture, only: [name])
    #expect(proof.mixture == mixture)
    for line in proof.lines where !line.holds { Issue.record("\(line)") }
  }
}
