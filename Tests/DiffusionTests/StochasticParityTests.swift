import Diffusion
import Foundation
import Testing
import Torch

/// Trajectories of k-diffusion and diffusers, step by step, and of the papers' formulas;
/// `Tests/Golden/stochastic_samplers.py` and `Tests/Golden/sampler_formulas.py`.
@Suite struct StochasticParityTests {
  /// What the script wrote.
  struct Fixtures: Decodable {
    struct Case: Decodable, CustomStringConvertible {
      let name: String
      let levels: [[Double]]
      let start: [Double]
      let trajectory: [[Double]]

      var description: String { name }
    }

    let shape: [Int]
    let seeds: [UInt64]
    let cases: [Case]
    let inversions: [Case]?

    static func load(_ name: String = "stochastic_samplers") throws -> Fixtures {
      let file = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "\(name).json")
      return try JSONDecoder().decode(Fixtures.self, from: Data(contentsOf: file))
    }

    /// The cases of both scripts, whose shape and seeds are the same.
    static func all() throws -> [Case] {
      try load().cases + load("sampler_formulas").cases
    }
  }

  // Everything is in float64 there, too. Differences of levels and of samples, whose formulas are
  // written in another order, lose a few digits; the scheduler for rectified flows adds 1e-12 to
  // what it divides by, which shows where there is little signal.
  @Test("every step lands where the reference's does", arguments: try Fixtures.all())
  func trajectory(_ golden: Fixtures.Case) throws {
    let fixtures = try Fixtures.load()
    let sampler = try #require(try sampler(golden.name))
    let levels = golden.levels.map { NoiseLevel(alpha: $0[0], sigma: $0[1]) }
    // So do integrals by quadrature.
    let isCoarse = ["euler-ancestral-flow", "er-sde", "tab-deis"].contains {
      golden.name.hasPrefix($0)
    }
    let tolerance = isCoarse ? 1e-10 : 1e-11
    var trajectory: [Tensor] = []
    _ = try sampler.sample(
      Tensor(golden.start, shape: fixtures.shape), over: levels, denoiser: denoiser(golden.name),
      noise: noise(fixtures.seeds)
    ) { trajectory.append($0.x) }
    #expect(trajectory.count == golden.trajectory.count)
    for (index, (found, expected)) in zip(trajectory, golden.trajectory).enumerated() {
      let expected = Tensor(expected, shape: fixtures.shape)
      let size = expected.absolute().maximum().item()
      #expect(distance(found, expected) < tolerance * size, "step \(index + 1)")
    }
  }

  @Test("inversions land where diffusers' multistep solver does", arguments: [0, 1])
  func inversion(index: Int) throws {
    let fixtures = try Fixtures.load("sampler_formulas")
    let golden = try #require(fixtures.inversions?[index])
    let values = golden.name == "dpmpp-2m" ? 2 : 3
    let solver = DPMSolverMultistep(values: values, rule: values == 2 ? .midpoint : .heun)
    var found: [Tensor] = []
    _ = try Inversion(solver)(
      Tensor(golden.start, shape: fixtures.shape),
      over: golden.levels.map { NoiseLevel(alpha: $0[0], sigma: $0[1]) }, denoiser: Formula()
    ) { found.append($0) }
    #expect(found.count == golden.trajectory.count)
    for (found, expected) in zip(found, golden.trajectory) {
      let expected = Tensor(expected, shape: fixtures.shape)
      #expect(distance(found, expected) < 1e-11 * expected.absolute().maximum().item())
    }
  }

  private func sampler(_ name: String) throws -> (any Sampler)? {
    let half = (eta: 0.5, noiseScale: 1.1)
    let schedule = try DiscreteSchedule(.scaledLinear())
    let samplers: [String: any Sampler] = [
      "k-euler-ancestral": Ancestral(Euler()), "euler-ancestral": Ancestral(Euler()),
      "k-euler-ancestral-half": Ancestral(Euler(), eta: half.eta, noiseScale: half.noiseScale),
      "euler-ancestral-flow": Ancestral(Euler(), split: .flow),
      "euler-ancestral-flow-half": Ancestral(Euler(), eta: 0.5, split: .flow),
      "k-dpm2-ancestral": Ancestral(DPM2()), "dpm2-ancestral": Ancestral(DPM2()),
      "k-dpm2-ancestral-half": Ancestral(DPM2(), eta: half.eta, noiseScale: half.noiseScale),
      "k-dpmpp-2s-ancestral": Ancestral(DPMSolverSinglestep(order: 2)),
      "k-dpmpp-2s-ancestral-half": Ancestral(
        DPMSolverSinglestep(order: 2), eta: half.eta, noiseScale: half.noiseScale),
      "k-dpmpp-sde": DPMSolverPlusPlusSDE(), "dpmpp-sde": DPMSolverPlusPlusSDE(),
      "k-dpmpp-sde-third": DPMSolverPlusPlusSDE(
        eta: half.eta, noiseScale: half.noiseScale, middle: 1 / 3.0),
      "k-dpmpp-2m-sde": DPMSolverPlusPlus2MSDE(), "dpmpp-2m-sde": DPMSolverPlusPlus2MSDE(),
      "k-dpmpp-2m-sde-half": DPMSolverPlusPlus2MSDE(eta: half.eta, noiseScale: half.noiseScale),
      "k-dpmpp-2m-sde-heun": DPMSolverPlusPlus2MSDE(weights: .heun),
      "dpmpp-2m-sde-heun": DPMSolverPlusPlus2MSDE(weights: .heun),
      "dpm-2m-sde": DPMSolver2MSDE(),
      "k-dpmpp-3m-sde": DPMSolverPlusPlus3MSDE(),
      "k-dpmpp-3m-sde-half": DPMSolverPlusPlus3MSDE(eta: half.eta, noiseScale: half.noiseScale),
      "k-heun-stochastic": Churned(Heun(), churn: 1.5, noiseScale: 1.003),
      "k-heun-stochastic-capped": Churned(Heun(), churn: 40),
      "k-restart": Restart(lowest: 0.3, highest: 5, repeats: 2, steps: 3),
      "ddpm-learned-range": DDPM(variance: .learned),
      "lcm": LCM(), "flow-lcm": LCM(), "flow-stochastic": LCM(),
      "tcd": TCD(gamma: 0.3, schedule: schedule), "tcd-half": TCD(gamma: 0.5, schedule: schedule),
      "tcd-zero": TCD(gamma: 0, schedule: schedule),
      "sa-solver": SASolver(), "sa-solver-3": SASolver(predictorOrder: 3, correctorOrder: 4),
      "sa-solver-1": SASolver(predictorOrder: 1, correctorOrder: 1),
      "sa-solver-half": SASolver(tau: 0.5.squareRoot()),
      "sa-solver-3-2": SASolver(predictorOrder: 3, correctorOrder: 2),
      "consistency": Consistency(), "heunpp2": HeunPlusPlus(),
      "tab-deis": DEIS(over: .time(VariancePreserving.song)), "res-2s": RES2S(),
      "gradient-estimation": GradientEstimation(), "rk4": RungeKutta4(), "rk4-flow": RungeKutta4(),
      "er-sde": ERSDE(), "er-sde-2": ERSDE(order: 2, scale: .reverseTime), "seeds-3": SEEDS3(),
      "reverse-diffusion": PredictorCorrector(predictor: .reverseDiffusion, corrections: 0),
      "dpmpp-3s": DPMSolverSinglestep(order: 3),
      "dpm-3s": DPMSolverSinglestep(order: 3, prediction: .epsilon), "flow-sde": FlowSDE(),
      "score-sde-vp": EulerMaruyama(VariancePreserving.song),
      "euler-stochastic": Churned(Euler(), churn: 1.5, noiseScale: 1.003),
      "dpm2-stochastic": Churned(DPM2(), churn: 1.5, noiseScale: 1.003),
      "score-sde": PredictorCorrector(predictor: .reverseDiffusion, stepSize: .norms(0.16)),
    ]
    return samplers[name]
  }

  private func denoiser(_ name: String) throws -> any Denoiser {
    switch name {
    case "lcm":
      ConsistencyBoundary.lcm(Formula(), schedule: try DiscreteSchedule(.scaledLinear()))
    case "consistency": ConsistencyBoundary.consistency(Formula())
    default: Formula()
    }
  }

  /// Fresh noise by the seeds, and a formula in place of a Brownian path.
  private func noise(_ seeds: [UInt64]) -> NoiseSource {
    let source = NoiseSource(seeds: seeds)
    return NoiseSource {
      source.normal(like: $0)
    } increment: { x, t, s in
      let (from, to) = (log(t.karrasSigma), log(s.karrasSigma))
      let values = (1...x.count).map { sin(37 * Double($0) + 5 * from - 3 * to) }
      return Tensor(values, shape: Array(x.shape))
    }
  }
}

/// The network of the reference, which predicts `v` in the variance-preserving unit.
private struct Formula: Denoiser {
  func callAsFunction(_ x: Tensor, at level: NoiseLevel) throws -> Tensor {
    try estimate(x, at: level).x0
  }

  func estimate(_ x: Tensor, at level: NoiseLevel) throws -> DenoiserEstimate {
    let x = NoisePath.variancePreserving.scale(of: level) * x
    let level = NoisePath.variancePreserving.level(level)
    let v = x * (0.6 + 0.2 * level.sigma) + 0.1 * x.tanh()
    return DenoiserEstimate(x0: level.alpha * x - level.sigma * v, variance: .range(v.tanh()))
  }
}
