import Diffusion
import Foundation
import Torch

/// Data of one normal distribution: the exact denoiser is affine, the exact flow known.
struct Gaussian: Denoiser {
  var mean = 0.0
  let variance: Double

  func callAsFunction(_ x: Tensor, at level: NoiseLevel) -> Tensor {
    let gain = level.alpha * variance / noisyVariance(at: level)
    return mean + gain * (x - level.alpha * mean)
  }

  func noisyVariance(at level: NoiseLevel) -> Double {
    level.alpha * level.alpha * variance + level.sigma * level.sigma
  }
}

/// A mixture of three normal distributions in one dimension.
struct Mixture: Denoiser {
  let weights = [0.3, 0.5, 0.2]
  let means = [-1.5, 0.25, 2.0]
  let deviations = [0.2, 0.35, 0.1]

  /// The mean of the posterior, for `x` of shape `[batch]`.
  func callAsFunction(_ x: Tensor, at level: NoiseLevel) -> Tensor {
    let (alpha, sigma2) = (level.alpha, level.sigma * level.sigma)
    var logs: [Tensor] = []
    var estimates: [Tensor] = []
    for (weight, (mean, deviation)) in zip(weights, zip(means, deviations)) {
      let variance = deviation * deviation
      let noisy = alpha * alpha * variance + sigma2
      let difference = x - alpha * mean
      logs.append(log(weight) - 0.5 * log(noisy) - difference * difference / (2 * noisy))
      estimates.append(mean + (alpha * variance / noisy) * difference)
    }
    let responsibilities = logs.stacked(dim: 1).softmax(dim: 1)
    return (responsibilities * estimates.stacked(dim: 1)).sum(dims: [1])
  }

  /// The share of samples at `level` that are below `x`.
  func share(below x: Double, at level: NoiseLevel) -> Double {
    zip(weights, zip(means, deviations)).reduce(0) { sum, component in
      let (weight, (mean, deviation)) = component
      let noisy = hypot(level.alpha * deviation, level.sigma)
      return sum + weight * 0.5 * erfc(-(x - level.alpha * mean) / noisy / 2.0.squareRoot())
    }
  }
}

/// A denoiser that counts its evaluations.
final class CountingDenoiser<Base: Denoiser>: Denoiser {
  private let base: Base
  private(set) var count = 0

  init(_ base: Base) {
    self.base = base
  }

  func callAsFunction(_ x: Tensor, at level: NoiseLevel) throws -> Tensor {
    count += 1
    return try base(x, at: level)
  }
}

/// The end of the probability flow of normal data: an exact consistency function.
struct GaussianFlowEnd: Denoiser {
  let variance: Double

  func callAsFunction(_ x: Tensor, at level: NoiseLevel) -> Tensor {
    (variance / Gaussian(variance: variance).noisyVariance(at: level)).squareRoot() * x
  }
}

/// Normal data of mean zero, asked for what a sampler takes its denoiser's answers for.
func exactDenoiser(of variance: Double, for sampler: any Sampler) -> any Denoiser {
  switch sampler.target {
  case .mean: Gaussian(variance: variance)
  case .flowEnd: GaussianFlowEnd(variance: variance)
  }
}

/// Karras' levels without the clean one, brought onto a path.
func karrasLevels(_ count: Int, on path: NoisePath = .varianceExploding) throws -> [NoiseLevel] {
  try KarrasSchedule().levels(count).dropLast().map { path.level($0) }
}

/// How far two numbers are apart, in units of the second.
func relativeError(_ a: Double, _ b: Double) -> Double { abs(a - b) / abs(b) }

/// The largest distance between two tensors' elements.
func distance(_ a: Tensor, _ b: Tensor) -> Double { (a - b).absolute().maximum().item() }
