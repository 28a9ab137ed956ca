import Foundation
import Testing
import Torch

@testable import Diffusion

/// The density, the moments and the score of Brownian motion on SO(3), tails included.
@Suite struct IsotropicGaussianTests {
  /// The mean over angles, by Simpson's rule.
  private func mean(
    _ distribution: IsotropicGaussian, _ f: (Tensor) -> Tensor
  ) -> Double {
    let count = 8001
    let angles = Tensor.linspace(from: 0, to: .pi, count: count, dtype: .float64)
    let weights = (0..<count).map { $0 == 0 || $0 == count - 1 ? 1.0 : $0 % 2 == 0 ? 2 : 4 }
    let values = distribution.angleDensity(angles) * f(angles) * Tensor(weights)
    return values.sum().item() * .pi / Double(3 * (count - 1))
  }

  @Test(
    "the density integrates to 1 and has the known moments",
    arguments: [
      (0.1, 0.159510413468), (0.5, 0.789547172671), (1, 1.521209662668), (1.65, 2.082019029453),
      (3, 2.207180403799),
    ])
  func moments(epsilon: Double, angle: Double) {
    let distribution = IsotropicGaussian(epsilon: epsilon)
    #expect(abs(mean(distribution) { 0 * $0 + 1 } - 1) < 1e-12)
    #expect(abs(mean(distribution) { $0 } - angle) < 1e-11)
    let trace = mean(distribution) { 1 + 2 * $0.cosine() }
    #expect(abs(trace - 3 * exp(-epsilon * epsilon)) < 1e-12)
  }

  @Test(
    "the score at one radian has the known digits, where the series loses them all too",
    arguments: [
      (0.0314, -1014.155172458), (0.1, -99.91524386086), (0.3, -11.02635497197),
      (0.5, -3.915243860856), (1, -0.9152053068403), (1.65, -0.2403182112825),
      (3, -0.000622595080641),
    ])
  func score(epsilon: Double, expected: Double) {
    let score = IsotropicGaussian(epsilon: epsilon).score(Tensor([1.0])).item()
    #expect(relativeError(score, expected) < 1e-12)
  }

  @Test("both sums agree where both have digits", arguments: [0.7, 0.85, 1])
  func sums(epsilon: Double) {
    let distribution = IsotropicGaussian(epsilon: epsilon)
    let angles = Tensor([1e-9, 1e-5, 1e-3, 0.049, 0.051, 0.3, 1, 2, 3, 3.14])
    let (series, turns) = (distribution.series(angles), distribution.turns(angles))
    #expect(distance(series.logDensity, turns.logDensity) < 1e-12)
    let size = series.score.absolute()
    #expect(((series.score - turns.score) / size).absolute().maximum().item() < 1e-10)
    // The farthest rotations are as far on either side.
    let farthest = Tensor([Double.pi])
    #expect(abs(distribution.turns(farthest).score.item()) < 1e-14)
    #expect(abs(distribution.series(farthest).score.item()) < 1e-14)
  }

  @Test(
    "the mean square of the score is what the entropy grows by, as de Bruijn's identity has it",
    arguments: [0.05, 0.4, 0.98, 1.2, 2.5])
  func information(epsilon: Double) {
    // The entropy grows by half of it in the time epsilon².
    func entropy(_ time: Double) -> Double {
      let distribution = IsotropicGaussian(epsilon: time.squareRoot())
      return -mean(distribution) { distribution.logDensity($0) }
    }
    let (time, step) = (epsilon * epsilon, 1e-4 * epsilon * epsilon)
    let growth = (entropy(time + step) - entropy(time - step)) / (2 * step)
    let found = IsotropicGaussian(epsilon: epsilon).meanSquareScore
    #expect(relativeError(found, 2 * growth) < 1e-6)
    #expect(found < 3 / time)
  }

  @Test("the score is the derivative of the log-density", arguments: [0.01, 0.1, 0.6, 1.5, 3])
  func derivative(epsilon: Double) {
    let distribution = IsotropicGaussian(epsilon: epsilon)
    let angles = Tensor([0.001, 0.02, 0.2, 1, 2, 3.1]).withGradient()
    let slope = distribution.logDensity(angles).sum().gradients(by: [angles])[0]
    let score = distribution.score(angles.detached())
    let size = score.absolute() + 1e-6
    #expect(((slope - score) / size).absolute().maximum().item() < 1e-8)
    // In the middle it is a normal distribution's in three dimensions, with a little curvature.
    let tiny = distribution.score(Tensor([1e-9])).item() / 1e-9
    let next = distribution.score(Tensor([1e-4])).item() / 1e-4
    #expect(relativeError(tiny, next) < 1e-4)
    #expect(distribution.score(Tensor([0.0])).item() == 0)
  }

  @Test("a narrow distribution's tail falls to the last angle", arguments: [0.02, 0.1])
  func tail(epsilon: Double) {
    let distribution = IsotropicGaussian(epsilon: epsilon)
    let angles = Tensor.linspace(from: 0.1, to: 3.1, count: 31, dtype: .float64)
    let t = epsilon * epsilon
    // One turn is all there is, so the closed form holds.
    let half = angles / 2
    let expected =
      t / 8 + 0.5 * log(8 * .pi) - 1.5 * log(t) - angles * angles / (2 * t)
      + (half / half.sine()).logarithm()
    let found = distribution.logDensity(angles.narrowed(dim: 0, start: 0, length: 25))
    #expect(distance(found, expected.narrowed(dim: 0, start: 0, length: 25)) < 1e-9)
    #expect(distribution.logDensity(angles).isFinite().all().item() == 1)
  }

  @Test("float32 has its own digits, at the identity too", arguments: [0.05, 0.5, 1.5])
  func single(epsilon: Double) {
    let distribution = IsotropicGaussian(epsilon: epsilon)
    let angles = Tensor([0.0, 1e-6, 0.01, 0.3, 2, 3])
    let single = angles.converted(to: .float32)
    for (found, expected) in [
      (distribution.score(single), distribution.score(angles)),
      (distribution.logDensity(single), distribution.logDensity(angles)),
    ] {
      #expect(found.dtype == .float32)
      let size = expected.absolute() + 1e-2
      #expect(((found - expected) / size).absolute().maximum().item() < 1e-4)
    }
  }

  @Test("drawn angles have the distribution", arguments: [0.05, 0.5, 1.5])
  func sampling(epsilon: Double) {
    let distribution = IsotropicGaussian(epsilon: epsilon)
    let table = distribution.shares()
    #expect(abs(table.shares[table.shares.count - 1] - 1) < 1e-10)
    let count = 2000
    let stratified = (0..<count).map { table.angle(share: (Double($0) + 0.5) / Double(count)) }
    let trace = stratified.reduce(0) { $0 + 1 + 2 * cos($1) } / Double(count)
    #expect(abs(trace - 3 * exp(-epsilon * epsilon)) < 1e-3 * epsilon * epsilon)
    let drawn = distribution.angles(count, using: Generator(seed: 1))
    let median = table.angle(share: 0.5)
    let below = Double(drawn.count { $0 < median }) / Double(count)
    #expect(abs(below - 0.5) < 5 * 0.5 / Double(count).squareRoot())
    let vectors = distribution.rotationVectors(count, using: Generator(seed: 1))
    let sums = vectors.mean(dims: [0]).values(as: Double.self)
    #expect(sums.allSatisfy { abs($0) < 5 * .pi / Double(count).squareRoot() })
  }
}
