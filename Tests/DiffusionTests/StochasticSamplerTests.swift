import Diffusion
import Foundation
import Testing
import Torch

@testable import Verification

/// What is known exactly of samplers that draw noise, beyond what all of the catalogue has in
/// common.
@Suite struct StochasticSamplerTests {
  private let data = NormalData(variance: 0.25)
  static let steps = [10, 20, 50, 100]

  /// Variances at the end of DDPM's chain, as in ``GaussianTests``: the first four rows are one
  /// sampler in four forms.
  @Test("samplers that are DDPM in another form have its exact variances", arguments: 0..<6)
  func ancestral(index: Int) throws {
    let posterior = [0.111064302788, 0.153244418103, 0.197245112984, 0.219263564954]
    let noising = [0.346950931291, 0.296004634271, 0.267526009756, 0.258561902861]
    func learned(_ range: Double) -> Uncertain {
      Uncertain(base: data) { x, _ in .range(0 * x + range) }
    }
    let cases: [(any Sampler, any Denoiser, [Double])] = [
      (Ancestral(Euler()), data, posterior),
      (SASolver(predictorOrder: 1, correctorOrder: 0), data, posterior),
      (ERSDE(order: 1, scale: .reverseTime), data, posterior),
      (PredictorCorrector(corrections: 0), data, posterior),
      (DDPM(variance: .learned), learned(-1), posterior),
      (DDPM(variance: .learned), learned(1), noising),
    ]
    let schedule = try DiscreteSchedule(.linear(), spacing: .leading())
    let (sampler, denoiser, variances) = cases[index]
    for (steps, expected) in zip(Self.steps, variances) {
      let run = try LinearRun(sampler, over: schedule.levels(steps), from: 1, denoiser: denoiser)
      #expect(relativeError(run.variance, expected) < 1e-11, "\(steps) steps")
    }
  }

  @Test("with the exact variance of x0, DDPM is exact for any steps", arguments: NoisePath.allCases)
  func exactVariance(path: NoisePath) throws {
    let denoiser = Uncertain(base: data) { [data] x, level in
      let share = level.sigma * level.sigma / data.noisyVariance(at: level)
      return .ofX0(0 * x + data.variance * share)
    }
    for count in [2, 3, 7, 40] {
      let levels = try karrasLevels(count, on: path)
      let run = try LinearRun(
        DDPM(variance: .learned), over: levels, from: data.noisyVariance(at: levels[0]),
        denoiser: denoiser)
      #expect(relativeError(run.variance, data.noisyVariance(at: levels[count - 1])) < 1e-12)
    }
  }

  @Test("a learned logarithm is the step's variance")
  func logarithm() throws {
    let denoiser = Uncertain(base: data) { x, _ in .logarithm(0 * x + log(0.3)) }
    let levels = try karrasLevels(5)
    let run = try LinearRun(
      DDPM(variance: .learned), over: Array(levels[2...3]), from: 0, denoiser: denoiser)
    #expect(relativeError(run.variance, 0.3) < 1e-13)
  }

  @Test("without noise, and in their limits, samplers become simpler ones", arguments: 0..<17)
  func reductions(index: Int) throws {
    let pairs: [(any Sampler, any Sampler)] = [
      (Ancestral(Euler(), eta: 0), Euler()), (Ancestral(Euler(), eta: 0, split: .flow), Euler()),
      (Ancestral(Euler()), DDPM()),
      (Ancestral(DPMSolverSinglestep(order: 2), eta: 0), DPMSolverPlusPlusSDE(eta: 0)),
      (DPMSolverPlusPlus2MSDE(eta: 0), DPMSolverPlusPlus2M()),
      (
        DPMSolverPlusPlus2MSDE(eta: 0, weights: .heun),
        SASolver(tau: 0, correctorOrder: 0, isExact: true)
      ),
      (
        DPMSolverPlusPlus3MSDE(eta: 0, isCorrected: true),
        SASolver(tau: 0, predictorOrder: 3, correctorOrder: 0, isExact: true)
      ),
      (SASolver(tau: 0, predictorOrder: 1, correctorOrder: 0), DDIM()),
      (SASolver(predictorOrder: 1, correctorOrder: 0), DDPM()),
      (ERSDE(order: 1, scale: .flow), DDIM()), (ERSDE(order: 1, scale: .reverseTime), DDPM()),
      (Churned(Heun(), churn: 0), Heun()), (Restart(repeats: 0), Heun()),
      (PredictorCorrector(corrections: 0), DDPM()), (TCD(gamma: 0), DDIM()),
      (TCD(gamma: 1), LCM()), (Consistency(lowest: 0), LCM()),
    ]
    let (a, b) = pairs[index]
    #expect(a.isStochastic == b.isStochastic)
    for levels in [try karrasLevels(12), try FlowSchedule().levels(9)] {
      let ends = try [a, b].map {
        try $0.sample(
          levels[0].sigma * Tensor([-1.3, 0.2, 0.9]), over: levels, denoiser: NormalMixture.example,
          noise: NoiseSource(seeds: [1, 2, 3]))
      }
      #expect(distance(ends[0], ends[1]) < 1e-12)
    }
  }

  @Test("without noise, a flow's equation is Euler's method")
  func flow() throws {
    let levels = try FlowSchedule().levels(9)
    let ends = try [FlowSDE(eta: 0) as any Sampler, Euler()].map {
      try $0.sample(
        Tensor([-1.3, 0.9]), over: levels, denoiser: NormalMixture.example,
        noise: NoiseSource(seeds: [1, 2]))
    }
    #expect(distance(ends[0], ends[1]) < 1e-13)
  }

  /// The errors over Karras' levels that `k-diffusion`'s formulas make on the mixture's flow, and
  /// those of the corrected multistep solver; see ``MixtureTests``.
  @Test("without noise, the errors on a mixture's exact flow are the known ones", arguments: 0..<3)
  func mixture(index: Int) throws {
    let cases: [(any Sampler, [Double])] = [
      (Ancestral(DPM2(), eta: 0), [1.515e-2, 2.317e-3, 5.350e-4, 1.288e-4, 3.163e-5, 7.836e-6]),
      (
        DPMSolverPlusPlus3MSDE(eta: 0),
        [3.996e-2, 9.173e-4, 1.251e-4, 4.667e-5, 1.340e-5, 3.540e-6]
      ),
      (
        DPMSolverPlusPlus3MSDE(eta: 0, isCorrected: true),
        [6.501e-2, 2.544e-3, 2.271e-4, 2.348e-5, 2.668e-6, 3.190e-7]
      ),
    ]
    let (sampler, expected) = cases[index]
    var errors: [Double] = []
    for (count, expected) in zip(MixtureTests.points, expected) {
      let x = try sampler.sample(
        Tensor(MixtureTests.starts), over: karrasLevels(count), denoiser: NormalMixture.example,
        noise: NoiseSource(seeds: [0, 1, 2, 3, 4, 5]))
      let squares = zip(x.values(as: Double.self), MixtureTests.ends).map { ($0 - $1) * ($0 - $1) }
      errors.append((squares.reduce(0, +) / 6).squareRoot())
      let lastDigit = pow(10, floor(log10(expected)) - 3)
      #expect(abs(errors[errors.count - 1] - expected) <= 0.5001 * lastDigit, "\(count) points")
    }
    #expect(log2(errors[4] / errors[5]) > Double(sampler.order) - 0.15)
  }

  @Test("without noise, other settings converge on a mixture's exact flow as they declare")
  func deterministicOrders() throws {
    let samplers: [any Sampler] = [
      SASolver(tau: 0), SASolver(tau: 0, predictorOrder: 1, correctorOrder: 1),
      SASolver(tau: 0, predictorOrder: 3, correctorOrder: 4),
      SASolver(tau: 0, predictorOrder: 3, correctorOrder: 0, isExact: true),
      ERSDE(order: 2, scale: .flow), ERSDE(order: 3, scale: .flow),
      ERSDE(order: 3, scale: .flow, isCorrected: true), DPMSolver2MSDE(eta: 0),
      DPMSolverPlusPlusSDE(eta: 0, middle: 0.3), Ancestral(DPMSolverSinglestep(order: 2), eta: 0),
    ]
    for sampler in samplers {
      func error(_ count: Int) throws -> Double {
        let x = try sampler.sample(
          Tensor(MixtureTests.starts), over: karrasLevels(count), denoiser: NormalMixture.example,
          noise: NoiseSource(seeds: [0, 1, 2, 3, 4, 5]))
        return distance(x, Tensor(MixtureTests.ends))
      }
      let errors = (try error(320), try error(640))
      #expect(errors.1 < (sampler.order == 1 ? 0.01 : 1e-4), "\(sampler)")
      #expect(log2(errors.0 / errors.1) > Double(sampler.order) - 0.25, "\(sampler)")
    }
  }

  @Test("with less or other noise, the variance converges as declared")
  func otherOrders() throws {
    let samplers: [any Sampler] = [
      Ancestral(Euler(), eta: 0.5), Ancestral(DPM2(), eta: 0.5, split: .flow),
      Ancestral(DPMSolverSinglestep(order: 2), eta: 0.5, split: .flow),
      DPMSolverPlusPlusSDE(eta: 0.5),
      DPMSolverPlusPlus2MSDE(eta: 0.5), SASolver(tau: 0.5), SASolver(predictorOrder: 3),
      ERSDE(order: 2, scale: .reverseTime), DPMSolver2MSDE(eta: 0.5), Churned(Heun(), churn: 5),
    ]
    for sampler in samplers {
      func error(_ count: Int) throws -> Double {
        let levels = try karrasLevels(count)
        let run = try LinearRun(
          sampler, over: levels, from: data.noisyVariance(at: levels[0]), denoiser: data)
        return relativeError(run.variance, data.noisyVariance(at: levels[count - 1]))
      }
      let errors = (try error(100), try error(200))
      #expect(errors.1 < 0.05, "\(sampler)")
      #expect(log2(errors.0 / errors.1) > Double(sampler.order) - 0.35, "\(sampler)")
    }
  }

  /// An estimate that is a polynomial of `lambda` or of sigma, and not of `x`, has an exact mean
  /// step.
  @Test("solvers of order n are exact for estimates of degree n - 1", arguments: 0..<9)
  func polynomials(index: Int) throws {
    let cases: [(any Sampler, degree: Int, a: Double, overSigma: Bool)] = [
      (DPMSolverPlusPlus2MSDE(weights: .heun), 1, 2, false),
      (DPMSolverPlusPlus2MSDE(eta: 0.5, weights: .heun), 1, 1.5, false),
      (DPMSolverPlusPlus3MSDE(isCorrected: true), 2, 2, false),
      (SASolver(predictorOrder: 2, correctorOrder: 0, isExact: true), 1, 2, false),
      (SASolver(predictorOrder: 3, correctorOrder: 0), 2, 2, false),
      (SASolver(tau: 0.5, predictorOrder: 3, correctorOrder: 0), 2, 1.25, false),
      (ERSDE(order: 2, scale: .reverseTime), 1, 2, true),
      (ERSDE(order: 3, scale: .reverseTime, isCorrected: true), 2, 2, true),
      (ERSDE(order: 3, scale: .flow, isCorrected: true), 2, 1, true),
    ]
    let (sampler, degree, a, overSigma) = cases[index]
    func x0(_ level: NoiseLevel) -> Double {
      let u = overSigma ? level.karrasSigma : level.logSNR / 2
      return 0.3 + 0.7 * u - (degree > 1 ? 0.4 * u * u : 0)
    }
    let levels = (0...9).map { NoiseLevel(alpha: 1, sigma: 8 * pow(0.6, Double($0) * 1.1)) }
    var found: [Double] = []
    let denoiser = FunctionDenoiser { x, level in 0 * x + x0(level) }
    let silent = NoiseSource {
      0 * $0
    } increment: { x, _, _ in
      0 * x
    }
    _ = try sampler.sample(Tensor([1.0]), over: levels, denoiser: denoiser, noise: silent) {
      found.append($0.x.item())
    }
    // The first steps lack history; from the fourth on, each is exact from where it starts.
    for index in 3..<9 {
      let exact = integrated(
        x0: x0, from: levels[index], to: levels[index + 1], a: a, x: found[index - 1])
      #expect(relativeError(found[index], exact) < 1e-10, "step \(index + 1)")
    }
  }

  /// `phi(1) / phi(3)` of the authors' scale is 0.3024616… by hand.
  @Test("the extended scale of ER-SDE is the authors'")
  func extendedScale() throws {
    let none = FunctionDenoiser { x, _ in 0 * x }
    let levels = [3, 1].map { NoiseLevel(alpha: 1, sigma: $0) }
    let run = try LinearRun(ERSDE(), over: levels, from: 0, denoiser: none)
    #expect(relativeError(run.factor, 0.30246164488329363) < 1e-13)
    #expect(relativeError(run.variance, 0.1766525803704314) < 1e-13)
  }

  /// With the flow's scale, the weight of a slope is `(s - t) + s ln(t / s)`; the published third
  /// order takes the slope at the last difference's middle for the one at its end.
  @Test("the published third order of ER-SDE misses a slope by a known term")
  func publishedSlope() throws {
    let levels = (0...6).map { NoiseLevel(alpha: 1, sigma: 8 * pow(0.6, Double($0))) }
    let denoiser = FunctionDenoiser { x, level in 0 * x - 0.4 * level.sigma * level.sigma }
    func run(_ isCorrected: Bool) throws -> [Double] {
      var found: [Double] = []
      _ = try ERSDE(order: 3, scale: .flow, isCorrected: isCorrected).sample(
        Tensor([1.0]), over: levels, denoiser: denoiser, noise: NoiseSource(seeds: [1])
      ) { found.append($0.x.item()) }
      return found
    }
    let (published, corrected) = (try run(false), try run(true))
    #expect(published[1] == corrected[1])
    let (before, t, s) = (levels[1].sigma, levels[2].sigma, levels[3].sigma)
    let missed = ((s - t) + s * log(t / s)) * (t - before) * -0.4
    #expect(relativeError(corrected[2] - published[2], missed) < 1e-11)
  }

  /// `y_s = k y + ∫ a e^(-a (lambda_s - lambda)) x0 d lambda` by Simpson's rule over 400 parts.
  private func integrated(
    x0: (NoiseLevel) -> Double, from t: NoiseLevel, to s: NoiseLevel, a: Double, x: Double
  ) -> Double {
    let (first, last) = (t.logSNR / 2, s.logSNR / 2)
    let parts = 400
    let width = (last - first) / Double(parts)
    let sum = (0...parts).reduce(0.0) { sum, index in
      let lambda = first + Double(index) * width
      let value = a * exp(-a * (last - lambda)) * x0(NoiseLevel(alpha: 1, sigma: exp(-lambda)))
      return sum + value * (index == 0 || index == parts ? 1 : index % 2 == 1 ? 4 : 2)
    }
    return exp(-a * (last - first)) * x + sum * width / 3
  }
}

/// A denoiser that says how uncertain it is.
struct Uncertain: Denoiser {
  let base: any Denoiser
  let variance: (Tensor, NoiseLevel) -> VarianceEstimate

  func callAsFunction(_ x: Tensor, at level: NoiseLevel) throws -> Tensor {
    try base(x, at: level)
  }

  func estimate(_ x: Tensor, at level: NoiseLevel) throws -> DenoiserEstimate {
    DenoiserEstimate(x0: try base(x, at: level), variance: variance(x, level))
  }
}
