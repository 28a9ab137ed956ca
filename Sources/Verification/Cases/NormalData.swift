package import Diffusion
package import Torch

/// Data of one normal distribution: the best estimate is a straight line, the flow known.
package struct NormalData: Denoiser, Sendable {
  /// Its mean.
  package let mean: Double

  /// Its variance.
  package let variance: Double

  /// The data of a mean and a variance.
  package init(mean: Double = 0, variance: Double) {
    self.mean = mean
    self.variance = variance
  }

  /// The mean of the clean samples that could have led to `x`.
  package func callAsFunction(_ x: Tensor, at level: NoiseLevel) -> Tensor {
    let gain = level.alpha * variance / noisyVariance(at: level)
    return mean + gain * (x - level.alpha * mean)
  }

  /// The variance of noisy samples.
  package func noisyVariance(at level: NoiseLevel) -> Double {
    level.alpha * level.alpha * variance + level.sigma * level.sigma
  }
}

/// The end of the probability flow of normal data: an exact consistency function.
package struct NormalFlowEnd: Denoiser, Sendable {
  let variance: Double

  /// The flow's end for a variance.
  package init(variance: Double) {
    self.variance = variance
  }

  /// Where the flow through `x` ends.
  package func callAsFunction(_ x: Tensor, at level: NoiseLevel) -> Tensor {
    (variance / NormalData(variance: variance).noisyVariance(at: level)).squareRoot() * x
  }
}

/// Pairs of normal numbers with unit variances and a correlation, `[batch, 2, count]`.
struct NormalPair: Denoiser, Sendable {
  let correlation: Double

  /// The matrix that `x` is multiplied by.
  func gain(at level: NoiseLevel) -> [[Double]] {
    // The matrices have the eigenvectors (1, 1) and (1, -1).
    let (a2, s2) = (level.alpha * level.alpha, level.sigma * level.sigma)
    func part(_ value: Double) -> Double { level.alpha * value / (a2 * value + s2) }
    let (long, short) = (part(1 + correlation), part(1 - correlation))
    let (same, other) = ((long + short) / 2, (long - short) / 2)
    return [[same, other], [other, same]]
  }

  func callAsFunction(_ x: Tensor, at level: NoiseLevel) -> Tensor {
    Tensor(gain(at: level).flatMap { $0 }, shape: [2, 2]).matmul(x)
  }
}
