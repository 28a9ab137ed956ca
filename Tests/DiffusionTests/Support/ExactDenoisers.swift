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

/// What a run makes of normally distributed samples when the denoiser is linear.
struct LinearRun {
  /// The factor of the first sample.
  var factor = 1.0
  /// The variance of the last samples.
  var variance: Double

  /// Follows the variance through every step of the actual sampler, exactly.
  ///
  /// A step takes `x` to `c · x + d · z`. The same noise with `x = 0` gives `d · z`, and with
  /// `x = 1` then `c`. A multistep sampler's steps depend on its history, which is linear in the
  /// first sample, so a deterministic sampler is run as a whole.
  init(
    _ sampler: any Sampler, over levels: [NoiseLevel], from variance: Double,
    denoiser: some Denoiser
  ) throws {
    self.variance = variance
    if !sampler.isStochastic {
      let x = Tensor([0.0, 1.0])
      let noise = NoiseSource(seeds: [1, 2])
      let last = try sampler.sample(x, over: levels, denoiser: denoiser, noise: noise)
        .values(as: Double.self)
      factor = last[1] - last[0]
      self.variance = factor * factor * variance
      return
    }
    for (index, (t, s)) in zip(levels, levels.dropFirst()).enumerated() {
      func step(_ x: Double) throws -> Double {
        let noise = NoiseSource(seeds: [UInt64(index)])
        return try sampler.sample(Tensor([x]), over: [t, s], denoiser: denoiser, noise: noise)
          .item()
      }
      let z = NoiseSource(seeds: [UInt64(index)]).normal(like: Tensor([0.0])).item()
      let (zero, one) = (try step(0), try step(1))
      let (c, d) = (one - zero, zero / z)
      factor *= c
      self.variance = c * c * self.variance + d * d
    }
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
