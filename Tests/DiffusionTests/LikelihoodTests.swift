import Foundation
import Testing
import Torch
import Verification

@testable import Diffusion

@Suite struct DormandPrinceTests {
  @Test("known solutions are met within the tolerance, in both directions")
  func solutions() throws {
    let solver = DormandPrince(absolute: 1e-11, relative: 1e-11)
    let decay = try solver(Tensor([1.0, 2]), from: 0, to: 3) { _, y in -y }
    #expect(distance(decay.y, Tensor([1.0, 2.0]) * exp(-3.0)) < 1e-10)
    let back = try solver(decay.y, from: 3, to: 0) { _, y in -y }
    #expect(distance(back.y, Tensor([1.0, 2])) < 1e-9)
    let turning = try solver(Tensor([1.0]), from: 0, to: 5) { t, y in cos(t) * y }
    #expect(relativeError(turning.y.item(), exp(sin(5))) < 1e-9)
  }

  @Test("the cost grows as the fifth root of the precision")
  func order() throws {
    func evaluations(_ tolerance: Double) throws -> Double {
      let solver = DormandPrince(absolute: tolerance, relative: tolerance)
      return Double(
        try solver(Tensor([1.0, 0]), from: 0, to: 40) { _, y in
          concatenate(
            y.narrowed(dim: 0, start: 1, length: 1), -y.narrowed(dim: 0, start: 0, length: 1))
        }.evaluations)
    }
    let order = 5 / log10(try evaluations(1e-10) / evaluations(1e-5))
    #expect(abs(order - 5) < 0.4, "\(order)")
  }

  @Test("polynomials of degree 4 are exact, those of degree 3 without an error")
  func polynomials() throws {
    let solver = DormandPrince(absolute: 1e-14, relative: 0)
    let cubic = try solver(Tensor([0.0]), from: 0, to: 1) { t, y in 0 * y + 4 * t * t * t }
    #expect(abs(cubic.y.item() - 1) < 1e-14)
    #expect(cubic.rejected == 0)
    let quartic = try DormandPrince(absolute: 1e9)(Tensor([0.0]), from: 0, to: 100) { t, y in
      0 * y + 5 * pow(t, 4)
    }
    #expect(relativeError(quartic.y.item(), 1e10) < 1e-13)
  }

  @Test("a solver that cannot go on says where")
  func errors() throws {
    let error = #expect(throws: LikelihoodError.self) {
      try DormandPrince(limit: 3)(Tensor([1.0]), from: 0, to: 1) { t, y in 100 * cos(50 * t) + y }
    }
    guard case .tooManySteps(let limit, let time) = try #require(error) else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(limit == 3 && time < 1)
    #expect(error?.description.contains("within 3 steps") == true)
    let broken = #expect(throws: LikelihoodError.self) {
      try DormandPrince()(Tensor([1.0]), from: 0, to: 1) { t, y in t > 0.5 ? y / 0.0 : y }
    }
    guard case .notFinite = try #require(broken) else {
      Issue.record("\(String(describing: broken))")
      return
    }
    #expect(broken?.description.contains("found NaN or infinity") == true)
  }
}

@Suite struct ProbabilityFlowTests {
  /// Equidistant places with the mixture's density there: sums over them are its integrals.
  private static let places = (0...125).map { -3.2 + 0.05 * Double($0) }

  @Test("the mean likelihood of a Gaussian is its entropy")
  func gaussian() throws {
    let quadrature = NormalQuadrature(mean: 0.3, variance: 0.25)
    let flow = try ProbabilityFlow(
      sigmaMin: 1e-5, sigmaMax: 1e5, solver: DormandPrince(absolute: 1e-10, relative: 1e-10))
    let bits = try flow.logLikelihood(
      of: quadrature.x0, denoiser: NormalData(mean: 0.3, variance: 0.25),
      using: Generator(seed: 1)
    ).bits
    #expect(abs(quadrature.mean(bits).item() - 1.047095585180641) < 1e-8)
  }

  @Test("a mixture's likelihoods are exact at every place, and their mean its entropy")
  func mixture() throws {
    let flow = try ProbabilityFlow(
      sigmaMin: 1e-4, sigmaMax: 3000, solver: DormandPrince(absolute: 1e-6, relative: 1e-6))
    let densities = Self.places.map { NormalMixture.example.density($0) }
    let likely = zip(Self.places, densities).filter { $0.1 > 1e-9 }
    let result = try flow.logLikelihood(
      of: Tensor(likely.map(\.0)), denoiser: NormalMixture.example, using: Generator(seed: 1))
    let found = result.logLikelihood.values(as: Double.self)
    for (log, (place, density)) in zip(found, likely) {
      // An error of a tolerance in x is one of its quotient by the deviation in the tails.
      #expect(abs(log - Foundation.log(density)) < 5e-4, "\(place)")
    }
    let bits = zip(result.bits.values(as: Double.self), likely).reduce(0) {
      $0 + 0.05 * $1.1.1 * $1.0
    }
    #expect(abs(bits - 1.411518610363) < 2e-5)
  }

  @Test("the flow takes a mixture's samples where their quantiles are")
  func latents() throws {
    let flow = try ProbabilityFlow(
      sigmaMin: 0.002, sigmaMax: 80, solver: DormandPrince(absolute: 1e-8, relative: 1e-8))
    let latent = try flow.logLikelihood(
      of: Tensor(MixtureTests.ends), denoiser: NormalMixture.example, using: Generator(seed: 1)
    ).latent.values(as: Double.self)
    for (found, expected) in zip(latent, MixtureTests.starts) {
      #expect(relativeError(found, expected) < 1e-6)
    }
  }

  /// Two elements that depend on each other: a variance of 1 along one diagonal, 0.04 along the
  /// other.
  private static func correlated(_ x: Tensor, _ level: NoiseLevel) -> Tensor {
    let variance = level.sigma * level.sigma
    let (long, short) = (1 / (1 + variance), 0.04 / (0.04 + variance))
    let matrix = [long + short, long - short, long - short, long + short].map { $0 / 2 }
    return x.matmul(Tensor(matrix, shape: [2, 2]))
  }

  @Test("exact traces and Hutchinson's agree in the mean, and both with the density")
  func hutchinson() throws {
    let x = Tensor([0.9, 0.5], shape: [1, 2]).repeated([64, 1])
    func likelihood(_ trace: ProbabilityFlow.Trace) throws -> Tensor {
      try ProbabilityFlow(
        sigmaMin: 1e-3, sigmaMax: 1e3, trace: trace,
        solver: DormandPrince(absolute: 1e-6, relative: 1e-6)
      ).logLikelihood(of: x, denoiser: FunctionDenoiser(Self.correlated), using: Generator(seed: 2))
        .logLikelihood
    }
    let exact = try likelihood(.exact)
    // The square along the diagonals, over their variances.
    let expected = -0.98 / 2 - 0.08 / 2 / 0.04 - log(2 * .pi) - 0.5 * log(0.04)
    #expect(distance(exact, 0 * exact + expected) < 1e-4)
    let estimate = try likelihood(.hutchinson())
    let deviation = estimate.variance(correction: 1).item().squareRoot()
    #expect(deviation > 0.1)
    #expect(abs(estimate.mean().item() - expected) < 4 * deviation / 8)
    let more = try likelihood(.hutchinson(probes: 8))
    let ratio = deviation / more.variance(correction: 1).item().squareRoot()
    #expect(abs(ratio - 8.0.squareRoot()) < 1.2)
  }

  @Test("levels out of order and no probes are refused")
  func errors() {
    let range = LikelihoodError.range(sigmaMin: 2, sigmaMax: 1)
    #expect(throws: range) { try ProbabilityFlow(sigmaMin: 2, sigmaMax: 1) }
    #expect(throws: LikelihoodError.self) { try ProbabilityFlow(sigmaMin: 0) }
    #expect(throws: LikelihoodError.probes(0)) {
      try ProbabilityFlow(trace: .hutchinson(probes: 0))
    }
    #expect(range.description.hasSuffix("found 2.0 and 1.0"))
    #expect(LikelihoodError.probes(0).description.hasSuffix("at least one probe, found 0"))
  }
}

@Suite struct VariationalBoundTests {
  private static let data = NormalData(variance: 0.25)
  private let entropy = 1.047095585180641

  /// The variance of `x_s` given `x_t`, which for normal data is known.
  private static func exactShare(_ t: NoiseLevel, _ s: NoiseLevel) -> Double {
    let step = ReverseStep(from: t, to: s)
    let left = 0.25 * t.sigma * t.sigma / data.noisyVariance(at: t)
    return step.share(of: step.posteriorVariance + step.x0Factor * step.x0Factor * left)
  }

  private func bound(
    _ levels: [NoiseLevel], _ variance: VariationalBound.Variance
  ) throws -> Double {
    let quadrature = NormalQuadrature(variance: 0.25)
    let last = try #require(levels.last { $0.sigma > 0 })
    let left = 0.25 * last.sigma * last.sigma / Self.data.noisyVariance(at: last)
    let bound = try VariationalBound(
      over: levels, variance: variance, decoder: .normal(variance: left))
    let noisy = levels.filter { $0.sigma > 0 }
    let steps = try zip(noisy, noisy.dropFirst()).map { t, s in
      try bound.step(
        quadrature.x0, epsilon: quadrature.epsilon, from: t, to: s, denoiser: Self.data)
    }
    let decoder = try bound.decoder(
      quadrature.x0, epsilon: quadrature.epsilon, denoiser: Self.data)
    let terms = VariationalBound.Terms(
      prior: bound.prior(quadrature.x0), steps: steps, decoder: decoder)
    return quadrature.mean(terms.total).item()
  }

  /// With the exact variances the chain back is exact, however few its steps.
  @Test("the bound of exact steps is the entropy and the prior's distance", arguments: [1, 4, 20])
  func exact(steps: Int) throws {
    for schedule in ["linear", "karras", "flow", "sub-vp"] {
      let levels = try Schedules.named(schedule).levels(steps)
      let variance = VariationalBound.Variance.between { x, t, s in
        0 * x + Self.exactShare(t, s)
      }
      let path = try Schedules.named(schedule).path
      let prior = pow(path.priorScale(at: levels[0]), 2)
      let ratio = Self.data.noisyVariance(at: levels[0]) / prior
      let expected = entropy + (ratio - 1 - log(ratio)) / 2 / log(2)
      #expect(abs(try bound(levels, variance) - expected) < 1e-11, "\(schedule)")
    }
  }

  @Test("either end of the range bounds it from above, and closer with more steps")
  func ends() throws {
    let schedule = try SigmaSchedule(.exponential, sigmaMin: 0.01, sigmaMax: 1000)
    for variance in [VariationalBound.Variance.posterior, .noising] {
      let gaps = try [100, 200, 400].map { try bound(schedule.levels($0), variance) - entropy }
      #expect(gaps.allSatisfy { $0 > 1e-3 })
      #expect(gaps[0] > 1.8 * gaps[1] && gaps[1] > 1.8 * gaps[2])
    }
  }

  @Test("a mixture's bound falls to its entropy as steps shrink")
  func mixture() throws {
    let places = (0...62).map { -3.2 + 0.1 * Double($0) + 0.013 }
    let noises = (0...20).map { -5 + 0.5 * Double($0) }
    let mixture = NormalMixture.example
    let x0 = Tensor(places.flatMap { place in noises.map { _ in place } })
    let epsilon = Tensor(places.flatMap { _ in noises })
    let weights = Tensor(
      places.flatMap { place in
        noises.map { noise in 0.05 * mixture.density(place) * normalDensity(noise) }
      })
    func gap(_ count: Int) throws -> Double {
      let levels = try SigmaSchedule(.exponential, sigmaMin: 0.004, sigmaMax: 400).levels(count)
      let bound = try VariationalBound(
        over: levels, variance: .posterior, decoder: .normal(variance: 0.004 * 0.004))
      var total = bound.prior(x0) + (try bound.decoder(x0, epsilon: epsilon, denoiser: mixture))
      for (t, s) in zip(levels, levels.dropFirst()) where s.sigma > 0 {
        total = total + (try bound.step(x0, epsilon: epsilon, from: t, to: s, denoiser: mixture))
      }
      return (total * weights).sum().item() - 1.411518610363
    }
    let gaps = (try gap(200), try gap(400))
    #expect(gaps.0 > 0 && gaps.1 > 0)
    #expect(abs(gaps.0 / gaps.1 - 2) < 0.05, "\(gaps)")
    // What is of first order in the step cancels.
    #expect(abs(2 * gaps.1 - gaps.0) < 0.01, "\(gaps)")
  }

  @Test("with noise of its own the bound has the same mean")
  func sampled() throws {
    let levels = try DiscreteSchedule(.linear()).levels(10)
    let x0 = 0.5 * NoiseSource(seeds: (0..<40).map { $0 }).normal([40], dtype: .float64)
    let bound = try VariationalBound(
      over: levels, variance: .noising, decoder: .normal(variance: 0.01))
    let terms = try bound(
      x0, denoiser: Self.data, noise: NoiseSource(seeds: (0..<40).map { 100 + $0 }))
    #expect(terms.steps.count == 9 && terms.total.shape == [40])
    let quadrature = NormalQuadrature(variance: 0.25)
    var expected = quadrature.mean(bound.prior(quadrature.x0)).item()
    for (t, s) in zip(levels, levels.dropFirst()) where s.sigma > 0 {
      expected += quadrature.mean(
        try bound.step(
          quadrature.x0, epsilon: quadrature.epsilon, from: t, to: s, denoiser: Self.data)
      ).item()
    }
    expected += quadrature.mean(
      try bound.decoder(quadrature.x0, epsilon: quadrature.epsilon, denoiser: Self.data)
    ).item()
    let error = terms.total.variance(correction: 1).item().squareRoot() / 40.0.squareRoot()
    #expect(abs(terms.total.mean().item() - expected) < 5 * error)
  }

  @Test("the likelihoods of all values of a grid add up to 1", arguments: [2, 5, 256])
  func discretised(values: Int) {
    let grid = Tensor((0..<values).map { -1 + 2 * Double($0) / Double(values - 1) })
    for (mean, variance) in [(0.3, 0.01), (-0.9, 2), (0, 1e-3)] {
      let decoder = DataDecoder.discretised(values: values, variance: variance)
      let logs = decoder.logLikelihood(grid, mean: 0 * grid + mean)
      #expect(abs(logs.exponential().sum().item() - 1) < 1e-9)
    }
  }

  @Test("levels that do not fall, or hold no noise, are refused")
  func errors() throws {
    func bound(_ levels: [NoiseLevel]) throws -> VariationalBound {
      try VariationalBound(over: levels, variance: .posterior, decoder: .normal(variance: 1))
    }
    let (a, b) = (NoiseLevel(alpha: 1, sigma: 2), NoiseLevel(alpha: 1, sigma: 1))
    #expect(throws: SamplingError.tooFewLevels(1)) { try bound([.clean]) }
    #expect(throws: SamplingError.risingNoise(index: 1, from: b, to: a)) { try bound([b, a]) }
  }
}
