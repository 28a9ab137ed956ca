import Diffusion
import Foundation
import Testing
import Torch

@testable import Verification

/// Deterministic samplers on data whose flow is known.
@Suite struct DeterministicTests {
  static let names = Samplers.all.filter { !$0.item.isStochastic }.map(\.name)

  @Test(
    "the error on the mixture is the one that was measured elsewhere, to four digits",
    arguments: [
      ("dpm2", [1.515e-2, 2.317e-3, 5.350e-4, 1.288e-4, 3.163e-5]),
      ("dpmpp-3m", [3.996e-2, 9.173e-4, 1.251e-4, 4.667e-5, 1.340e-5]),
      ("dpmpp-3m-corrected", [6.501e-2, 2.544e-3, 2.271e-4, 2.348e-5, 2.668e-6]),
      ("lms", [1.497e-2, 1.243e-3, 1.022e-4, 6.997e-6, 4.580e-7]),
      ("ipndm-v", [1.497e-2, 1.243e-3, 1.022e-4, 6.997e-6, 4.580e-7]),
      ("rk4", [4.844e-4, 1.406e-5, 7.988e-7, 4.769e-8, 2.913e-9]),
    ])
  func errors(name: String, expected: [Double]) throws {
    for (count, expected) in zip([18, 40, 80, 160, 320], expected) {
      let lastDigit = pow(10, floor(log10(expected)) - 3)
      #expect(abs(try error(name, count) - expected) <= 0.5001 * lastDigit, "\(count) points")
    }
  }

  @Test("the measured order on the mixture is the declared one or better", arguments: names)
  func order(name: String) throws {
    let measured = log2(try error(name, 121) / error(name, 241))
    #expect(measured > Double(try Samplers.named(name).order) - 0.35)
  }

  @Test("the published third difference costs an order, and doubling it gives it back")
  func thirdDifference() throws {
    let published = log2(try error("dpmpp-3m", 320) / error("dpmpp-3m", 640))
    let corrected = log2(
      try error("dpmpp-3m-corrected", 320) / error("dpmpp-3m-corrected", 640))
    #expect(abs(published - 2) < 0.1)
    #expect(abs(corrected - 3) < 0.1)
  }

  /// Two evaluations in a linear flow: a step's factor is a rational function of the levels.
  @Test("DPM2 multiplies by a product of rationals")
  func product() throws {
    let levels = try karrasLevels(40)
    let run = try LinearRun(DPM2(), over: levels, from: 1, denoiser: NormalData(variance: 0.25))
    let expected = zip(levels, levels.dropFirst()).reduce(1.0) { product, step in
      let (a, b) = (step.0.sigma, step.1.sigma)
      let middle = (a * b).squareRoot()
      let atMiddle = (0.25 + a * middle) / (0.25 + a * a)
      return product * (1 + (b - a) * middle / (0.25 + middle * middle) * atMiddle)
    }
    #expect(relativeError(run.factor, expected) < 1e-14)
  }

  /// On a line through the origin, `x0 = g · x`, a step is a linear recursion of two numbers.
  @Test("gradient estimation is the recursion that its formula says")
  func recursion() throws {
    let levels = try karrasLevels(40)
    let run = try LinearRun(
      GradientEstimation(gamma: 1.7), over: levels, from: 1, denoiser: NormalData(variance: 0.25))
    var (x, last) = (1.0, Double?.none)
    for (t, s) in zip(levels, levels.dropFirst()) {
      let epsilon = x * t.sigma / (0.25 + t.sigma * t.sigma)
      x += (s.sigma - t.sigma) * (last.map { 1.7 * epsilon - 0.7 * $0 } ?? epsilon)
      last = epsilon
    }
    #expect(relativeError(run.factor, x) < 1e-13)
  }

  @Test("2M v2 is the recursion that its users wrote down")
  func folk() throws {
    let levels = try karrasLevels(40)
    let run = try LinearRun(
      DPMSolverPlusPlus2M(.meanStep), over: levels, from: 1, denoiser: NormalData(variance: 0.25))
    var (x, last) = (1.0, Double?.none)
    for (index, (t, s)) in zip(levels, levels.dropFirst()).enumerated() {
      let (x0, h) = (0.25 / (0.25 + t.sigma * t.sigma) * x, log(t.sigma / s.sigma))
      var (step, d) = (h, x0)
      if let last {
        let before = log(levels[index - 1].sigma / t.sigma)
        let part = min(h, before) / max(h, before) / 2
        (step, d) = ((h + before) / 2, x0 + part * (x0 - last))
      }
      x = s.sigma / t.sigma * x + (1 - exp(-step)) * d
      last = x0
    }
    #expect(relativeError(run.factor, x) < 1e-12)
  }

  @Test("2M v2 is of first order over Karras' levels, and does not converge over a flow's")
  func folkOrder() throws {
    let data = NormalData(variance: 0.25)
    func error(_ levels: [NoiseLevel]) throws -> Double {
      let run = try LinearRun(
        DPMSolverPlusPlus2M(.meanStep), over: levels, from: data.noisyVariance(at: levels[0]),
        denoiser: data)
      return relativeError(run.variance, data.noisyVariance(at: levels[levels.count - 1]))
    }
    let (coarse, fine) = (try error(karrasLevels(151)), try error(karrasLevels(301)))
    #expect(abs(log2(coarse / fine) - 1) < 0.2)
    #expect(try error(FlowSchedule().levels(100)) > 0.1)
    #expect(try error(FlowSchedule().levels(200)) > 0.1)
  }

  @Test(
    "samplers in lambda go the same way on every path, in units of alpha",
    arguments: [
      "dpmpp-3m", "dpm-2m", "deis", "unipc", "unipc-3", "res-2s", "dpm2", "dpmpp-3s", "dpm-fast",
      "plms", "pndm", "ipndm", "ipndm-v", "gradient-estimation", "dpm-adaptive",
    ])
  func paths(name: String) throws {
    let ends = try NoisePath.allCases.map { path in
      let levels = try karrasLevels(12, on: path)
      let x = try Samplers.named(name).sample(
        levels[0].alpha * Tensor(MixtureTests.starts), over: levels,
        denoiser: NormalMixture.example,
        noise: NoiseSource(seeds: [0, 1, 2, 3, 4, 5]))
      return x / levels[11].alpha
    }
    #expect(distance(ends[0], ends[1]) < 1e-10)
    #expect(distance(ends[0], ends[2]) < 1e-10)
  }

  @Test("what is the same mathematics gives the same samples")
  func equalities() throws {
    let levels = try karrasLevels(13)
    func end(_ sampler: any Sampler) throws -> Tensor {
      try sampler.sample(
        Tensor(MixtureTests.starts), over: levels, denoiser: NormalMixture.example,
        noise: NoiseSource(seeds: [0, 1, 2, 3, 4, 5]))
    }
    let pairs: [(any Sampler, any Sampler)] = [
      (DDIM(), DPMSolverMultistep(values: 1)),
      (DDIM(), DPMSolverMultistep(values: 1, prediction: .epsilon)),
      (DDIM(), GradientEstimation(gamma: 1)),
      (DDIM(), LMS(order: 1)),
      (DDIM(), IPNDM(values: 1)),
      (DDIM(), DEIS(order: 1)),
      (DPMSolverPlusPlus2M(), DPMSolverMultistep(values: 2)),
      (DEIS(order: 3), DPMSolverMultistep(values: 3, prediction: .epsilon, rule: .exact)),
      (DPM2(), DPMSolverSinglestep(order: 2, prediction: .epsilon)),
      (LMS(order: 3), DEIS(order: 3, over: .sigma)),
    ]
    for (a, b) in pairs {
      #expect(distance(try end(a), try end(b)) < 1e-11, "\(a) and \(b)")
    }
    #expect(
      distance(try end(DEIS(order: 2)), try end(DPMSolverMultistep(values: 2, rule: .exact))) > 1e-4
    )
  }

  @Test("pure noise on the variance-preserving path leads to the data", arguments: names)
  func pureNoise(name: String) throws {
    let schedule = try DiscreteSchedule(.scaledLinear()).withZeroTerminalSNR()
    let levels = Array(try schedule.levels(100).dropLast())
    #expect(levels[0].alpha == 0)
    let (sampler, data) = (try Samplers.named(name), NormalData(variance: 0.25))
    let run = try LinearRun(sampler, over: levels, from: 1, denoiser: data)
    let error = relativeError(run.variance, data.noisyVariance(at: levels[99]))
    #expect(error < (sampler.order == 1 ? 0.05 : 0.01))
  }

  @Test("three levels of DPM-Solver-fast are a step of DPM-Solver-3")
  func groups() throws {
    let (first, last) = (
      NoiseLevel(alpha: 1, sigma: 80), NoiseLevel(alpha: 1, sigma: 0.01)
    )
    let levels = (0...12).map {
      NoiseLevel(alpha: 1, sigma: 80 * pow(0.01 / 80, Double($0) / 12))
    }
    func end(_ sampler: any Sampler, _ levels: [NoiseLevel]) throws -> Tensor {
      try sampler.sample(
        Tensor(MixtureTests.starts), over: levels, denoiser: NormalMixture.example,
        noise: NoiseSource(seeds: [0, 1, 2, 3, 4, 5]))
    }
    let whole = try end(
      DPMSolverSinglestep(order: 3, prediction: .epsilon),
      stride(from: 0, through: 12, by: 3).map { levels[$0] })
    #expect(distance(try end(DPMFast(rule: .published), levels), whole) < 1e-10)
    let planned = DPMFast.levels(evaluations: 10, from: first, to: last)
    #expect(planned.count == 11 && planned.last == last)
    let ratios = (planned[3].sigma / planned[0].sigma, planned[9].sigma / planned[6].sigma)
    #expect(relativeError(ratios.0, ratios.1) < 1e-12)
  }

  /// Ten steps between noisy levels and one to a clean one.
  @Test(
    "a sampler evaluates as often as it says",
    arguments: [
      ("dpmpp-3m", 11), ("dpm-2m", 11), ("dpmpp-2s", 21), ("dpmpp-3s", 31),
      ("dpm-3s", 31),
      ("dpm2", 21), ("dpm-fast", 11), ("deis", 11), ("unipc", 11), ("res-multistep", 11),
      ("res-2s", 21), ("lms", 11), ("plms", 12), ("pndm", 20), ("ipndm", 11), ("ipndm-v", 11),
      ("gradient-estimation", 11), ("rk4", 41),
    ])
  func evaluations(name: String, expected: Int) throws {
    let counting = CountingDenoiser(NormalData(variance: 0.25))
    _ = try Samplers.named(name).sample(
      Tensor([1.0]), over: try KarrasSchedule().levels(11), denoiser: counting,
      noise: NoiseSource(seeds: [1]))
    #expect(counting.count == expected)
  }

  private func error(_ name: String, _ count: Int) throws -> Double {
    let x = try Samplers.named(name).sample(
      Tensor(MixtureTests.starts), over: karrasLevels(count), denoiser: NormalMixture.example,
      noise: NoiseSource(seeds: [0, 1, 2, 3, 4, 5]))
    let squares = zip(x.values(as: Double.self), MixtureTests.ends).map { ($0 - $1) * ($0 - $1) }
    return (squares.reduce(0, +) / 6).squareRoot()
  }
}
