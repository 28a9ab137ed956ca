import Foundation
import Testing
import Torch
import Verification

@testable import Diffusion

/// Objectives on normal data, whose best networks and expected losses are known exactly.
@Suite struct ExactObjectiveTests {
  private let data = NormalData(variance: 0.25)
  private let quadrature = NormalQuadrature(variance: 0.25)
  private let level = NoiseLevel(alpha: 0.6, sigma: 0.8)
  private var levels: [NoiseLevel] { [NoiseLevel](repeating: level, count: 9) }

  @Test("the score of a Gaussian has no gradient, and its loss is what is left")
  func scoreMatching() throws {
    let noisy = data.noisyVariance(at: level)
    let factor = Tensor([-1 / noisy]).withGradient()
    let loss = quadrature.mean(
      try ScoreMatching().perSample(
        x0: quadrature.x0, epsilon: quadrature.epsilon, levels: levels
      ) { x, _ in factor * x })
    loss.backward()
    #expect(abs(try #require(factor.gradient).item()) < 1e-15)
    // Of the noise, what the noisy sample does not tell: 1 - sigma² / variance.
    #expect(abs(loss.item() - (1 - 0.64 / noisy)) < 1e-15)
  }

  @Test("likelihood weights are the process's diffusion")
  func likelihoodWeights() throws {
    let process = try VariancePreserving()
    let levels = [0.2, 0.5, 0.9].map { process.level(time: $0) }
    let (x0, epsilon) = (
      Tensor([1.0, 2, 3], shape: [3, 1]), Tensor([0.5, -1, 2], shape: [3, 1])
    )
    func losses(_ weighting: ScoreMatching.Weighting) throws -> [Double] {
      try ScoreMatching(weighting).perSample(x0: x0, epsilon: epsilon, levels: levels) { x, _ in
        -0.3 * x
      }.values(as: Double.self)
    }
    let (plain, weighted) = (try losses(.variance), try losses(.likelihood(process)))
    for (index, t) in [0.2, 0.5, 0.9].enumerated() {
      let beta = 0.1 + t * 19.9
      let ratio = beta / pow(levels[index].sigma, 2)
      #expect(relativeError(weighted[index], plain[index] * ratio) < 1e-11)
    }
  }

  @Test("sliced score matching finds the score without noise or clean samples")
  func sliced() throws {
    let factor = Tensor([-4.0]).withGradient()
    let loss = quadrature.mean(
      try SlicedScoreMatching().perSample(
        quadrature.x0, directions: Tensor.ones([9, 1], dtype: .float64)
      ) { factor * $0 })
    loss.backward()
    #expect(abs(try #require(factor.gradient).item()) < 1e-14)
    // The trace -1 / v, and half the mean square of the score, 1 / 2v.
    #expect(abs(loss.item() + 2) < 1e-14)
  }

  @Test("over all signs, slices add up to the trace")
  func slices() throws {
    let matrix = Tensor([1.0, 2, 3, 4], shape: [2, 2])
    let signs = Tensor([1.0, 1, 1, -1, -1, 1, -1, -1], shape: [4, 2])
    let x = Tensor([0.3, -0.7], shape: [1, 2]).repeated([4, 1])
    let losses = try SlicedScoreMatching().perSample(x, directions: signs) { $0.matmul(matrix) }
    let score = x.matmul(matrix).narrowed(dim: 0, start: 0, length: 1)
    #expect(abs(losses.mean().item() - (5 + (score * score).sum().item() / 2)) < 1e-14)
  }

  @Test("both weights of x0's errors are the published ones", arguments: [0.01, 0.3, 1, 40])
  func weights(sigma: Double) {
    let level = NoisePath.variancePreserving.level(NoiseLevel(alpha: 1, sigma: sigma))
    let snr = 1 / (sigma * sigma)
    let truncated = LossWeighting.truncatedSNR
    #expect(relativeError(truncated.weight(of: .x0, at: level), max(snr, 1)) < 1e-12)
    #expect(relativeError(truncated.weight(of: .epsilon, at: level), max(1, 1 / snr)) < 1e-12)
    let edm = LossWeighting.edm(sigmaData: 0.5)
    let expected = (sigma * sigma + 0.25) / pow(sigma * 0.5, 2)
    #expect(relativeError(edm.weight(of: .x0, at: level), expected) < 1e-12)
    let output = Preconditioning().output(sigma)
    #expect(relativeError(edm.weight(of: .x0, at: level) * output * output, 1) < 1e-12)
  }

  @Test("preconditioned inputs and targets have variance 1", arguments: [0.002, 0.1, 0.5, 3, 80])
  func unitVariance(sigma: Double) throws {
    let preconditioning = Preconditioning(sigmaData: 0.5)
    let sigmas = [Double](repeating: sigma, count: 9)
    let x = quadrature.x0 + sigma * quadrature.epsilon
    let target = preconditioning.target(x0: quadrature.x0, x: x, sigmas: sigmas)
    #expect(abs(quadrature.mean(target * target).item() - 1) < 1e-9)
    let input = preconditioning.input(sigma) * x
    #expect(abs(quadrature.mean(input * input).item() - 1) < 1e-13)
    // Input and target are independent, so the best network says 0 and its loss is 1.
    let factor = Tensor([0.0]).withGradient()
    let loss = quadrature.mean(
      try preconditioning.loss(
        x0: quadrature.x0, epsilon: quadrature.epsilon, sigmas: sigmas
      ) { x, told in
        #expect(abs(told.values(as: Double.self)[0] - log(sigma) / 4) < 1e-6)
        return factor * x
      })
    loss.backward()
    #expect(abs(loss.item() - 1) < 1e-9)
    #expect(abs(try #require(factor.gradient).item()) < 1e-9)
  }

  @Test("a network that says 0 is the exact denoiser of such data, on every path")
  func preconditionedDenoiser() throws {
    let silent = PreconditionedDenoiser(Preconditioning(sigmaData: 0.5)) { x, _ in 0 * x }
    let x = Tensor([1.0, -3], shape: [2, 1])
    for path in NoisePath.allCases {
      let level = path.level(NoiseLevel(alpha: 1, sigma: 0.7))
      #expect(distance(try silent(x, at: level), data(x, at: level)) < 1e-15)
    }
    let noise = NoiseLevel(alpha: 0, sigma: 1)
    #expect(throws: PredictionError.notOnPath(noise, .varianceExploding)) {
      try silent(x, at: noise)
    }
  }

  @Test("with a boundary the estimate there is the sample, whatever the network says")
  func boundary() throws {
    let consistent = Preconditioning(sigmaData: 0.5, boundary: 0.002)
    let x = Tensor([1.0, -3], shape: [2, 1])
    let end = try consistent.estimate(x, sigmas: [0.002, 0.002]) { x, _ in 0 * x + 17 }
    #expect(distance(end, x) == 0)
    let later = try consistent.estimate(x, sigmas: [0.1, 0.1]) { x, _ in 0 * x + 17 }
    let past = 0.098
    let expected = 0.25 / (past * past + 0.25) * x + 17 * 0.5 * past / hypot(0.1, 0.5)
    #expect(distance(later, expected) < 1e-15)
  }
}

/// Distillation on data whose consistency function and flow are known.
@Suite struct DistillationTests {
  private let data = NormalData(mean: 0.5, variance: 0.25)

  /// The exact consistency function of the data, from `sigma / alpha` to no noise at all.
  private func exact(_ x: Tensor, _ levels: LevelBatch) -> Tensor {
    let factor = 0.5 / (levels.sigma * levels.sigma + 0.25).squareRoot()
    return 0.5 + (x - 0.5) * factor
  }

  /// The exact flow of the data as a sampler.
  private struct ExactFlow: Sampler {
    var order: Int { 1 }
    var isStochastic: Bool { false }
    func step(
      _ x: Tensor, from t: NoiseLevel, to s: NoiseLevel, denoiser: some Denoiser,
      noise: NoiseSource
    ) throws -> Tensor {
      let ratio = (0.25 + s.sigma * s.sigma) / (0.25 + t.sigma * t.sigma)
      return 0.5 + (x - 0.5) * ratio.squareRoot()
    }
  }

  @Test("the consistency function of a Gaussian is where distillation ends")
  func consistency() throws {
    let x = Tensor([3.0, -2, 0.1], shape: [3, 1])
    func loss(_ solver: some Sampler, step: Double) throws -> Double {
      let (t, s) = (NoiseLevel(alpha: 1, sigma: 2), NoiseLevel(alpha: 1, sigma: 2 - step))
      return try ConsistencyObjective(.squared).distillation(
        x, from: t, to: s, teacher: data, solver: solver, student: exact, target: exact
      ).mean().item()
    }
    #expect(try loss(ExactFlow(), step: 0.5) < 1e-30)
    // A solver's step of order p is off by the step to the power p + 1, the loss by its square.
    let euler = log2(try loss(Euler(), step: 0.1) / loss(Euler(), step: 0.05))
    let heun = log2(try loss(Heun(), step: 0.1) / loss(Heun(), step: 0.05))
    #expect(abs(euler - 4) < 0.2 && abs(heun - 6) < 0.3)
  }

  @Test("consistency training's gradient at the exact function is the known one")
  func training() throws {
    let quadrature = NormalQuadrature(mean: 0.5, variance: 0.25)
    func gradient(_ sigma: Double, _ next: Double) throws -> (found: Double, expected: Double) {
      let factor = Tensor([1.0]).withGradient()
      func scaled(_ x: Tensor, _ levels: LevelBatch) -> Tensor {
        0.5 + factor * (exact(x, levels) - 0.5)
      }
      func levels(_ sigma: Double) -> [NoiseLevel] {
        [NoiseLevel](repeating: NoiseLevel(alpha: 1, sigma: sigma), count: 9)
      }
      let losses = try ConsistencyObjective(.squared).training(
        x0: quadrature.x0, epsilon: quadrature.epsilon, from: levels(sigma), to: levels(next),
        student: scaled, target: scaled)
      quadrature.mean(losses).backward()
      // 2 · E[(f(x_t) - f(x_s)) · f(x_t)] over the step; both ends have the data's variance.
      let product = 0.25 / ((0.25 + sigma * sigma) * (0.25 + next * next)).squareRoot()
      let expected = 2 * (0.25 - product * (0.25 + sigma * next)) / (sigma - next)
      return (try #require(factor.gradient).item(), expected)
    }
    let coarse = try gradient(1, 0.9)
    #expect(relativeError(coarse.found, coarse.expected) < 1e-12)
    // As steps shrink, it vanishes in proportion.
    let fine = try gradient(1, 0.95)
    #expect(abs(coarse.found / fine.found - 2) < 0.2)
  }

  @Test("the distances of two ends are the published ones")
  func distances() {
    let (a, b) = (Tensor([3.0, 4, 0, 0], shape: [2, 2]), Tensor.zeros([2, 2], dtype: .float64))
    let squared = ConsistencyObjective(.squared).between(a, b).values(as: Double.self)
    #expect(squared == [12.5, 0])
    let c = 0.1 * 2.0.squareRoot()
    let huber = ConsistencyObjective(.pseudoHuber(factor: 0.1)).between(a, b)
      .values(as: Double.self)
    #expect(abs(huber[0] - ((25 + c * c).squareRoot() - c)) < 1e-14 && abs(huber[1]) < 1e-16)
  }

  @Test("one step with the distilled target ends where the teacher's two do")
  func progressive() throws {
    let levels = [0.9, 0.5, 0.2].map { NoiseLevel(alpha: (1 - $0 * $0).squareRoot(), sigma: $0) }
    let x = Tensor([0.7, -1.2, 2])
    for s in [levels[2], .clean] {
      let target = try ProgressiveDistillation().target(
        x, from: levels[0], through: levels[1], to: s, teacher: NormalMixture.example)
      let two = try DDIM().sample(
        x, over: [levels[0], levels[1], s], denoiser: NormalMixture.example,
        noise: NoiseSource(seeds: [0]))
      let one = try DDIM().sample(
        x, over: [levels[0], s], denoiser: FunctionDenoiser { _, _ in target },
        noise: NoiseSource(seeds: [0]))
      #expect(distance(one, two) < 1e-14)
    }
  }

  @Test("where a flow is straight, the distilled target is the teacher's estimate")
  func straight() throws {
    let (x0, epsilon) = (Tensor([0.3, -2.0]), Tensor([1.1, 0.4]))
    let flow = try FlowSchedule()
    let teacher = FunctionDenoiser { _, _ in x0 }
    let t = flow.level(time: 0.8)
    for s in [0.0, 0.2] {
      let target = try ProgressiveDistillation().target(
        t.noised(x0, by: epsilon), from: t, through: flow.level(time: 0.5),
        to: flow.level(time: s), teacher: teacher)
      #expect(distance(target, x0) < 1e-14)
    }
  }

  @Test("a generator that makes the data has nowhere to go, another one the way to them")
  func distributionMatching() throws {
    let level = NoiseLevel(alpha: 0.6, sigma: 0.8)
    let (x0, epsilon) = (Tensor([1.0, -0.5], shape: [1, 2]), Tensor([0.2, 0.9], shape: [1, 2]))
    let method = DistributionMatching()
    let none = try method.direction(
      x0: x0, epsilon: epsilon, at: level, real: data, fake: NormalData(mean: 0.5, variance: 0.25))
    #expect(none.absolute().maximum().item() == 0)
    // Of equal variances, the estimates differ by the means' distance times sigma² / variance.
    let fake = NormalData(mean: 2, variance: 0.25)
    let way = try method.direction(x0: x0, epsilon: epsilon, at: level, real: data, fake: fake)
    let x = level.noised(x0, by: epsilon)
    let scale = (x0 - data(x, at: level)).absolute().mean().item()
    let expected = 1.5 * 0.64 / data.noisyVariance(at: level) / scale
    #expect(way.values(as: Double.self).allSatisfy { relativeError($0, expected) < 1e-12 })
    let leaf = x0.withGradient()
    try method.perSample(x0: leaf, epsilon: epsilon, at: level, real: data, fake: fake)
      .sum().backward()
    #expect(distance(try #require(leaf.gradient), way / 2) < 1e-14)
  }
}

/// The objective of networks that learn their variance.
@Suite struct HybridObjectiveTests {
  private let data = NormalData(variance: 0.25)
  private let quadrature = NormalQuadrature(variance: 0.25)

  @Test("the exact variance has no gradient, and the bound does not touch the prediction")
  func exactVariance() throws {
    let schedule = try DiscreteSchedule(alphaBar: [0.9, 0.5, 0.2])
    let (t, s) = (schedule.level(at: 2), schedule.level(at: 1))
    let step = ReverseStep(from: t, to: s)
    let left = 0.25 * t.sigma * t.sigma / data.noisyVariance(at: t)
    let variance = step.posteriorVariance + step.x0Factor * step.x0Factor * left
    let share = Tensor([step.share(of: variance)]).withGradient()
    #expect(share.item() > 0.1 && share.item() < 0.9)
    let offset = Tensor([0.3]).withGradient()
    func network(_ x: Tensor, _ timesteps: Tensor) -> (Tensor, Tensor) {
      (
        t.epsilon(in: x, of: data(x, at: t)) + offset.detached() * 0 + (offset - offset.detached()),
        share + 0 * x
      )
    }
    let objective = HybridObjective(.epsilon, schedule: schedule, boundWeight: 1)
    let losses = try objective.perSample(
      x0: quadrature.x0, epsilon: quadrature.epsilon, timesteps: [Int](repeating: 2, count: 9),
      network: network)
    quadrature.mean(losses).backward()
    #expect(abs(try #require(share.gradient).item()) < 1e-14)
    // The prediction is the best one, so its simple loss has no gradient; nor has the bound.
    #expect(abs(try #require(offset.gradient).item()) < 1e-14)
  }

  @Test("the bound's weight is for the sum over timesteps, in bits a dimension")
  func weight() throws {
    let schedule = try DiscreteSchedule(alphaBar: [0.9, 0.5, 0.2])
    let (t, s) = (schedule.level(at: 1), schedule.level(at: 0))
    let (x0, epsilon) = (Tensor([0.5], shape: [1, 1]), Tensor([-0.3], shape: [1, 1]))
    func loss(_ weight: Double) throws -> Double {
      try HybridObjective(.x0, schedule: schedule, boundWeight: weight).perSample(
        x0: x0, epsilon: epsilon, timesteps: [1]
      ) { x, _ in (0 * x + 0.1, 0 * x + 1) }.item()
    }
    #expect(abs(try loss(0) - 0.16) < 1e-15)
    let step = ReverseStep(from: t, to: s)
    let (own, other) = (step.posteriorVariance, step.noisingVariance)
    let error = step.x0Factor * 0.4
    let nats = (log(other / own) + own / other + error * error / other - 1) / 2
    #expect(abs(try loss(2) - (0.16 + 6 * nats / log(2))) < 1e-13)
  }

  @Test("the first timestep is told how likely the data's own values are")
  func first() throws {
    let schedule = try DiscreteSchedule(alphaBar: [0.9, 0.5])
    let x0 = Tensor([-1, 1.0 / 3, 1], shape: [3, 1])
    let epsilon = Tensor([0.1, 0.2, 0.3], shape: [3, 1])
    let share = 0.25
    func network(_ x: Tensor, _ timesteps: Tensor) -> (Tensor, Tensor) {
      (0 * x + 0.2, 0 * x + share)
    }
    func losses(_ weight: Double) throws -> [Double] {
      try HybridObjective(.x0, schedule: schedule, boundWeight: weight, values: 4).perSample(
        x0: x0, epsilon: epsilon, timesteps: [0, 0, 0], network: network
      ).values(as: Double.self)
    }
    let (plain, bound) = (try losses(0), try losses(0.5))
    // Beta of the first timestep, and the posterior's variance of the second.
    let (most, least) = (log(0.1), log(0.1 / 0.5 * (1 - 0.5 / 0.9)))
    let deviation = exp((least + share * (most - least)) / 2)
    func below(_ x: Double) -> Double { 0.5 * erfc(-(x - 0.2) / deviation / 2.0.squareRoot()) }
    let shares = [
      below(-2.0 / 3), below(2.0 / 3) - below(0), 1 - below(2.0 / 3),
    ]
    for index in 0..<3 {
      #expect(abs(bound[index] - plain[index] + log2(shares[index])) < 1e-12)
    }
  }
}
