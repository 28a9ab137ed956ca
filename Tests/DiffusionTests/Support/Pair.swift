import Diffusion
import Foundation
import Torch
import Verification

/// Pairs of normal numbers with a covariance: the exact denoiser of `[batch, 2, count]`.
struct Pair: Denoiser {
  var mean = [0.0, 0.0]
  /// The covariance, `[[a, b], [b, c]]`.
  var covariance: [[Double]]

  /// Two unit normal numbers with a correlation.
  init(correlation: Double) {
    covariance = [[1, correlation], [correlation, 1]]
  }

  /// What is known of the pair once the first number was measured with noise of deviation `sigma`.
  func given(first y: Double, sigma: Double) -> Pair {
    var posterior = self
    let variance = covariance[0][0] + sigma * sigma
    let gain = [covariance[0][0] / variance, covariance[1][0] / variance]
    for i in 0..<2 {
      posterior.mean[i] += gain[i] * (y - mean[0])
      for j in 0..<2 { posterior.covariance[i][j] -= gain[i] * covariance[0][j] }
    }
    return posterior
  }

  /// The matrix `alpha · C (alpha² C + sigma²)⁻¹` that `x - alpha · mean` is multiplied by.
  func gain(at level: NoiseLevel) -> [[Double]] {
    let (alpha, c) = (level.alpha, covariance)
    let noise = level.sigma * level.sigma
    let (p, q, r) = (
      alpha * alpha * c[0][0] + noise, alpha * alpha * c[0][1], alpha * alpha * c[1][1] + noise
    )
    let determinant = p * r - q * q
    let inverse = [[r / determinant, -q / determinant], [-q / determinant, p / determinant]]
    return (0..<2).map { i in
      (0..<2).map { j in alpha * (c[i][0] * inverse[0][j] + c[i][1] * inverse[1][j]) }
    }
  }

  func callAsFunction(_ x: Tensor, at level: NoiseLevel) -> Tensor {
    let gain = Tensor(gain(at: level).flatMap { $0 }, shape: [2, 2])
    let mean = Tensor(mean, shape: [2, 1])
    return mean + gain.matmul(x - level.alpha * mean)
  }
}

/// An operator written out as a matrix, and the linear algebra that it stands for.
struct DenseProblem {
  /// The operator, `[measurements, elements]`.
  let matrix: Tensor
  let measured: Shape

  /// The matrix of an operator on samples of a shape, column by column.
  init(_ operator: some LinearOperator, on shape: [Int]) {
    let count = shape.reduce(1, *)
    let columns = `operator`(Self.identity(count).reshaped([count] + shape))
    measured = columns.shape
    matrix = columns.reshaped(count, -1).transposed(0, 1)
  }

  static func identity(_ count: Int) -> Tensor {
    Tensor(
      (0..<count * count).map { $0 % (count + 1) == 0 ? 1.0 : 0 }, shape: [count, count])
  }

  /// The exact denoiser of independent normal numbers, given measurements of them.
  func posterior(of prior: NormalData, given y: Tensor, sigma: Double) -> FunctionDenoiser {
    let count = matrix.shape[1]
    let one = Self.identity(count)
    let precision =
      one / prior.variance + matrix.transposed(0, 1).matmul(matrix) / (sigma * sigma)
    let covariance = precision.inverse()
    let seen = y.reshaped(y.shape[0], -1).matmul(matrix) / (sigma * sigma)
    let mean = (seen + prior.mean / prior.variance).matmul(covariance)
    return FunctionDenoiser { x, level in
      let noisy =
        level.alpha * level.alpha * covariance + level.sigma * level.sigma * one
      let gain = level.alpha * noisy.inverse().matmul(covariance)
      let rows = x.reshaped(x.shape[0], -1)
      return (mean + (rows - level.alpha * mean).matmul(gain)).reshaped(Array(x.shape))
    }
  }
}
