import Diffusion
import Testing
import Torch
import Verification

/// Denoisers that say how uncertain they are.
@Suite struct VarianceTests {
  private let level = NoiseLevel(alpha: 0.6, sigma: 0.8)
  private let x = NoiseSource(seeds: [1, 2]).normal([3, 2, 2], dtype: .float64)

  @Test(
    "a network with twice the channels says a variance in the second half",
    arguments: LearnedVariance.allCases)
  func halves(variance: LearnedVariance) throws {
    let schedule = try DiscreteSchedule(.linear())
    let plain = PredictionDenoiser(.v, schedule: schedule) { x, _ in x.tanh() }
    let both = PredictionDenoiser(.v, schedule: schedule, variance: variance) { x, _ in
      concatenate(x.tanh(), 0.5 * x, dim: 1)
    }
    let estimate = try both.estimate(x, at: level)
    #expect(distance(estimate.x0, try plain(x, at: level)) == 0)
    #expect(distance(try both(x, at: level), estimate.x0) == 0)
    let own = schedule.path.scale(of: level) * x
    switch (variance, estimate.variance) {
    case (.range, .range(let said)), (.logarithm, .logarithm(let said)):
      #expect(distance(said, 0.5 * own) < 1e-15)
    default: Issue.record("\(variance) became \(String(describing: estimate.variance))")
    }
    #expect(try plain.estimate(x, at: level).variance == nil)
  }

  @Test("an output that cannot be halved is refused with both shapes")
  func outputShape() throws {
    let schedule = try DiscreteSchedule(.linear())
    let denoiser = PredictionDenoiser(.v, schedule: schedule, variance: .range) { x, _ in x }
    let error = #expect(throws: PredictionError.self) { try denoiser(x, at: level) }
    #expect(error == .outputShape(found: [2, 3, 2, 2], x: [2, 3, 2, 2]))
    #expect(error?.description.contains("found [2, 3, 2, 2]") == true)
    #expect(throws: PredictionError.outputShape(found: [2], x: [2])) {
      try denoiser(Tensor([1.0, 2.0]), at: level)
    }
  }

  @Test("a variance that nobody estimates is refused")
  func noVariance() throws {
    let error = #expect(throws: PredictionError.self) {
      try DDPM(variance: .learned).sample(
        x, over: FlowSchedule().levels(3), denoiser: NormalData(variance: 1),
        noise: NoiseSource(seeds: [1, 2]))
    }
    #expect(error == .noVariance)
    #expect(error?.description.contains("found one that estimates x0 only") == true)
  }

  @Test("guidance takes the variance of the conditional denoiser", arguments: [1.0, 3])
  func guided(scale: Double) throws {
    let conditional = Uncertain(base: NormalData(mean: 1, variance: 0.25)) { x, _ in .range(0.1 * x)
    }
    let unconditional = Uncertain(base: NormalData(variance: 1)) { x, _ in .range(0.9 * x) }
    let guided = ClassifierFree(
      conditional: conditional, unconditional: unconditional, scale: scale)
    guard case .range(let said) = try guided.estimate(x, at: level).variance else {
      Issue.record("no variance")
      return
    }
    #expect(distance(said, 0.1 * x) == 0)
    #expect(distance(try guided.estimate(x, at: level).x0, try guided(x, at: level)) == 0)
  }

  @Test(
    "one call over twice the batch takes it of the second half", arguments: LearnedVariance.allCases
  )
  func batched(variance: LearnedVariance) throws {
    let schedule = try DiscreteSchedule(.linear())
    let network: DenoisingNetwork = { x, _ in concatenate(x.tanh(), 0.5 * x, dim: 1) }
    let pair = PredictionDenoiser(.v, schedule: schedule, variance: variance) { x, _ in
      let halves = x.chunked(2)
      return concatenate(try network(2 * halves[0], halves[0]), try network(halves[1], halves[1]))
    }
    let guided = BatchedClassifierFree(
      conditional: PredictionDenoiser(.v, schedule: schedule, variance: variance, network: network),
      pair: pair, scale: 3)
    let alone = BatchedClassifierFree(
      conditional: PredictionDenoiser(.v, schedule: schedule, variance: variance, network: network),
      pair: pair, scale: 1)
    let estimates = try [guided, alone].map { try $0.estimate(x, at: level) }
    for estimate in estimates {
      switch (variance, estimate.variance) {
      case (.range, .range(let said)), (.logarithm, .logarithm(let said)):
        #expect(distance(said, 0.5 * x) < 1e-15)
      default: Issue.record("\(variance) became \(String(describing: estimate.variance))")
      }
    }
    #expect(distance(estimates[0].x0, estimates[1].x0) > 0.1)
  }

  @Test("a boundary condition returns the sample itself where the model's answers lie")
  func boundary() throws {
    let base = FunctionDenoiser { x, _ in 0 * x + 7 }
    let model = ConsistencyBoundary.consistency(base, lowest: 0.3)
    let lowest = NoiseLevel(alpha: 0.5, sigma: 0.15)
    #expect(distance(try model(x, at: lowest), x / 0.5) < 1e-14)
    let schedule = try DiscreteSchedule(.linear())
    let latent = ConsistencyBoundary.lcm(base, schedule: schedule)
    #expect(distance(try latent(x, at: schedule.level(at: 0)), x) < 1e-14)
    #expect(distance(try latent(x, at: schedule.level(at: 999)), 0 * x + 7) < 1e-6)
  }
}
