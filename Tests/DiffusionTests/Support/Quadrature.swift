import Foundation
import Torch

/// Clean samples and unit noise whose weighted means are exact for products of cubes and squares.
///
/// Gauss–Hermite quadrature of three nodes for each of two independent normal distributions.
struct NormalQuadrature {
  let x0: Tensor
  let epsilon: Tensor
  private let weights: Tensor

  /// The quadrature for data of a mean and a variance; tensors are `[9, 1]`.
  init(mean: Double = 0, variance: Double) {
    let nodes = [-3.0.squareRoot(), 0, 3.0.squareRoot()]
    let shares = [1.0 / 6, 2.0 / 3, 1.0 / 6]
    x0 = Tensor(
      nodes.flatMap { node in nodes.map { _ in mean + variance.squareRoot() * node } },
      shape: [9, 1])
    epsilon = Tensor(nodes.flatMap { _ in nodes }, shape: [9, 1])
    weights = Tensor(shares.flatMap { share in shares.map { share * $0 } })
  }

  /// The expectation of what has a value for each sample, `[9]` or `[9, 1]`.
  func mean(_ values: Tensor) -> Tensor { (values.reshaped(9) * weights).sum() }
}

/// The density of the normal distribution of mean 0 and variance 1.
func normalDensity(_ x: Double) -> Double { exp(-x * x / 2) / (2 * Double.pi).squareRoot() }
