import Diffusion
import Foundation
import Testing

/// The weights and moments that the multistep samplers integrate with.
@Suite struct IntegrationTests {
  @Test("phi is what its definition says, on both sides of where the series ends")
  func phiValues() {
    let e = exp(1.0)
    #expect(abs(phi(1, 1) - (e - 1)) < 1e-15)
    #expect(abs(phi(2, 1) - (e - 2)) < 1e-15)
    #expect(abs(phi(3, 1) - (e - 2.5)) < 1e-15)
    #expect(abs(phi(2, -1) - 1 / e) < 1e-15)
    let first = (exp(3.0) - 1) / 3
    #expect(abs(phi(1, 3) - first) < 1e-14)
    let third = (1 - (1 - exp(-4.0)) / 4) / 4
    #expect(abs(phi(2, -4) - third) < 1e-15)
    let atZero: [Double] = [1, 1.0 / 2, 1.0 / 6, 1.0 / 24]
    #expect((1...4).map { phi($0, 0) } == atZero)
    for k in 1...4 {
      #expect(abs(phi(k, 2.0.nextDown) - phi(k, 2)) < 1e-14)
      #expect(abs(phi(k, (-2.0).nextUp) - phi(k, -2)) < 1e-14)
    }
  }

  @Test(
    "moments are the integrals, as Gauss and Legendre find them", arguments: [-5, -0.1, 0, 0.7])
  func moments(z: Double) {
    let (root, root70) = ((10.0 / 7).squareRoot(), 70.0.squareRoot())
    let (inner, outer) = ((5 - 2 * root).squareRoot() / 3, (5 + 2 * root).squareRoot() / 3)
    let (heavy, light) = ((322 + 13 * root70) / 900, (322 - 13 * root70) / 900)
    let nodes = [-outer, -inner, 0, inner, outer]
    let weights = [light, heavy, 512.0 / 900, heavy, light]
    for (k, found) in exponentialMoments(4, z).enumerated() {
      var integral = 0.0
      for part in 0..<20 {
        for (node, weight) in zip(nodes, weights) {
          let c = (Double(part) + (node + 1) / 2) / 20
          integral += weight / 40 * exp(z * (1 - c)) * pow(c, Double(k))
        }
      }
      #expect(abs(found - integral) < 1e-13, "power \(k)")
    }
  }

  @Test("weights integrate every polynomial that the nodes determine")
  func polynomials() {
    let nodes = [0, -0.7, -1.9, -4.2]
    let moments = exponentialMoments(4, -0.8)
    let weights = lagrangeWeights(at: nodes, moments: moments)
    for power in 0..<4 {
      let sum = zip(weights, nodes).reduce(0) { $0 + $1.0 * pow($1.1, Double(power)) }
      #expect(abs(sum - moments[power]) < 1e-13)
    }
  }

  @Test("equal steps give the weights of Adams and Bashforth")
  func equalSteps() {
    let weights = lagrangeWeights(at: [0, -1, -2, -3], moments: exponentialMoments(4, 0))
    for (found, expected) in zip(weights, [55.0, -59, 37, -9]) {
      #expect(abs(found - expected / 24) < 1e-14)
    }
  }

  /// diff-sampler's `ipndm_v` has a parenthesis in the wrong place, which equal steps do not show.
  @Test("unequal steps give the divided differences' weights, and not iPNDM-v's published ones")
  func unequalSteps() {
    let (h, h1, h2) = (1.0, 1.3, 0.6)
    let weights = lagrangeWeights(at: [0, -h1, -h1 - h2], moments: exponentialMoments(3, 0))
    let right = (1 - h / (3 * (h + h1))) / 2 * (h * (h + h1)) / (h1 * (h1 + h2))
    let published = (1 - h / (3 * (h + h1)) * (h * (h + h1)) / (h1 * (h1 + h2))) / 2
    let expected = [
      1 + h / (2 * h1) + right, -h / (2 * h1) - (1 + h1 / h2) * right, right * h1 / h2,
    ]
    for (found, expected) in zip(weights, expected) { #expect(abs(found - expected) < 1e-14) }
    #expect(abs(right - published) > 0.03)
    let equal = (1 - 1.0 / 6) / 2
    let equalWeights = lagrangeWeights(at: [0, -1, -2], moments: exponentialMoments(3, 0))
    #expect(abs(equalWeights[2] - equal) < 1e-15)
  }
}
