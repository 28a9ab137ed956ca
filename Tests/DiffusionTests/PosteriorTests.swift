import Diffusion
import Foundation
import Testing
import Torch

@testable import Verification

/// Normal data measured linearly have a normal posterior, Kalman's; methods that claim exactness
/// must give its denoiser at every point and level.
@Suite struct PosteriorTests {
  private let noise = NoiseSource(seeds: [1, 2])

  private func levels() -> [NoiseLevel] {
    [0.01, 0.3, 1, 5, 80].flatMap { sigma in
      NoisePath.allCases.map { $0.level(NoiseLevel(alpha: 1, sigma: sigma)) }
    }
  }

  @Test("the exact likelihood's score is the exact condition, for correlated data too")
  func exactLikelihood() throws {
    let prior = Pair(correlation: 0.8)
    let (y, sigma) = (1.7, 0.4)
    let guided = ClassifierGuided(prior) { x, level in
      let gain = prior.gain(at: level)
      // What is left of the first number's variance once `x` is known.
      let left = 1 - level.alpha * (gain[0][0] * 1 + gain[0][1] * prior.covariance[1][0])
      let misfit = y - prior(x, at: level).selected(dim: 1, index: 0)
      return (-0.5 / (left + sigma * sigma)) * (misfit * misfit).sum(dims: [1])
    }
    let posterior = prior.given(first: y, sigma: sigma)
    for level in levels() {
      let x = 3 * noise.normal([2, 5], dtype: .float64)
      let error = distance(try guided(x, at: level), posterior(x, at: level))
      #expect(error < 1e-12 * max(1, level.karrasSigma * level.karrasSigma), "\(level)")
    }
  }

  @Test(
    "pseudo-inverse guidance is exact for independent normal data, whatever the operator",
    arguments: OperatorTests.operators.map(\.name))
  func pseudoInverseGuidance(name: String) throws {
    func check(_ a: some LinearOperator) throws {
      let prior = NormalData(mean: 0.3, variance: 0.7)
      let problem = DenseProblem(a, on: OperatorTests.shape)
      let y = noise.normal(Array(problem.measured.dropFirst()), dtype: .float64)
      let measurement = LinearMeasurement(y, by: a, sigma: 0.2)
      let guided = PiGDM(prior, measurement: measurement, dataVariance: 0.7)
      let posterior = problem.posterior(of: prior, given: y, sigma: 0.2)
      for level in levels() {
        let x = 3 * noise.normal(OperatorTests.shape, dtype: .float64)
        let x0 = try withoutGradients { try guided(x, at: level) }
        #expect(distance(x0, try posterior(x, at: level)) < 1e-10, "\(level)")
        #expect(!x0.requiresGradient)
      }
    }
    let found = try #require(OperatorTests.operators.first { $0.name == name })
    try check(found.operator)
  }

  /// The second element is not measured, and keeps the prior.
  @Test("its flow ends at Kalman's mean and variance", arguments: [0.1, 2])
  func kalman(sigma: Double) throws {
    let y = Tensor([1.7, 0], shape: [1, 2])
    let guided = PiGDM(
      NormalData(mean: 0.3, variance: 0.7),
      measurement: LinearMeasurement(y, by: MaskOperator(Tensor([1.0, 0])), sigma: sigma),
      dataVariance: 0.7)
    let flow = try AffineFlow(guided, elements: 2, panels: 900)
    let gain = 0.7 / (0.7 + sigma * sigma)
    for (element, (mean, variance)) in [
      (0.3 + gain * 1.4, 0.7 * (1 - gain)), (0.3, 0.7),
    ].enumerated() {
      // The noise ends at 80 and not at infinity.
      let factor = (variance / (variance + 6400)).squareRoot()
      #expect(abs(flow.offset[element] - mean * (1 - factor)) < 1e-11)
      #expect(abs(flow.variance(element) - 6400 * factor * factor) < 1e-11)
    }
  }

  @Test("without noise what was measured is known at every level")
  func noiseless() throws {
    let y = Tensor([1.7, 0], shape: [1, 2])
    let prior = NormalData(mean: 0.3, variance: 0.7)
    let guided = PiGDM(
      prior, measurement: LinearMeasurement(y, by: MaskOperator(Tensor([1.0, 0]))),
      dataVariance: 0.7)
    for level in levels() {
      let x = 3 * noise.normal([2], dtype: .float64)
      let x0 = try guided(x, at: level)
      #expect(distance(x0.selected(dim: 1, index: 0), Tensor([1.7, 1.7])) < 1e-12)
      #expect(
        distance(x0.selected(dim: 1, index: 1), prior(x, at: level).selected(dim: 1, index: 1))
          == 0)
    }
  }

  /// `p(y | x) ≈ p(y | x0)` of unit normal data solves `dx/du = (x / u + x / (σ² u²) - y / (σ² u))
  /// / 2` in `u = 1 + sigma²`: the variance ends near `exp(-1 / σ²)`, not `σ² / (1 + σ²)`.
  @Test(
    "the approximation of posterior sampling is biased by the known amount", arguments: [0.7, 1, 3])
  func biasOfPosteriorSampling(sigma: Double) throws {
    let y = 1.7
    let guided = PiGDM(
      NormalData(variance: 1),
      measurement: LinearMeasurement(
        Tensor([y], shape: [1, 1]), by: WholeOperator(), sigma: sigma),
      dataVariance: 0)
    let flow = try AffineFlow(guided)
    let (s2, u) = (sigma * sigma, 6401.0)
    let variance = 6400 / u * exp((1 / u - 1) / s2)
    #expect(relativeError(flow.variance(), variance) < 1e-10)
    let integral = simpson(from: 1 / u.squareRoot(), to: 1) { exp($0 * $0 / (2 * s2)) }
    let mean = y / s2 * exp(-1 / (2 * s2)) * integral
    #expect(relativeError(flow.offset[0], mean) < 1e-10)
    // Kalman's numbers are elsewhere.
    #expect(flow.offset[0] > y / (1 + s2) * 1.05)
    #expect(flow.variance() < 0.995 * s2 / (1 + s2))
  }

  @Test("pseudo-inverse guidance of correlated data is biased, with the exact variance left out")
  func biasOfPseudoInverseGuidance() throws {
    let prior = Pair(correlation: 0.8)
    let measurement = LinearMeasurement(
      Tensor([1.7, 0], shape: [1, 2, 1]), by: MaskOperator(Tensor([1.0, 0], shape: [2, 1])),
      sigma: 0.4)
    let guided = PiGDM(prior, measurement: measurement)
    let posterior = prior.given(first: 1.7, sigma: 0.4)
    let x = Tensor([0.4, -1], shape: [1, 2, 1])
    let level = NoiseLevel(alpha: 1, sigma: 0.5)
    // The likelihood's variance is `r² + σ²` with `r² = 0.2`, where the exact one is less.
    let gain = prior.gain(at: level)
    let misfit = 1.7 - gain[0][0] * 0.4 + gain[0][1]
    let expected = (0..<2).map { i in
      gain[i][0] * 0.4 - gain[i][1] + 0.25 * gain[0][i] * misfit / (0.2 + 0.16)
    }
    let x0 = try guided(x, at: level)
    #expect(distance(x0, Tensor(expected, shape: [1, 2, 1])) < 1e-13)
    #expect(distance(x0, posterior(x, at: level)) > 0.02)
  }

  @Test("a gradient where there is only noise is refused")
  func withoutSignal() throws {
    let level = NoiseLevel(alpha: 0, sigma: 1)
    let x = Tensor([1.0], shape: [1, 1])
    let guided = PiGDM(
      NormalData(variance: 1), measurement: LinearMeasurement(x, by: WholeOperator()))
    #expect(throws: GuidanceError.noSignal(level)) { try guided(x, at: level) }
  }
}

/// The integral of a smooth function by Simpson's rule.
func simpson(from a: Double, to b: Double, _ f: (Double) -> Double) -> Double {
  let count = 2000
  let h = (b - a) / Double(count)
  return (0...count).reduce(0) { sum, i in
    let weight = i == 0 || i == count ? 1.0 : i % 2 == 1 ? 4 : 2
    return sum + weight * f(a + Double(i) * h) * h / 3
  }
}
