public import Torch

/// Pseudo-inverse guidance: the score of what was measured, as if the data were normal.
///
/// Song et al. 2023, ΠGDM (ICLR, https://openreview.net/forum?id=9_gsMA8MRKQ). Given `x`, the clean
/// sample is taken for normal around the estimate with variance `r²`, so what was measured is
/// normal around `A x0` with covariance `r² A Aᵀ` and the measurement's noise; the gradient of its
/// log-probability goes back through the denoiser and moves `x0` by the level's `sigma² / alpha`
/// times it. `r²` is what is left of normal data of variance ``dataVariance`` at the level. For
/// such data the estimate is exact, whatever the operator.
///
/// A variance of 1 is the paper's choice, `r² = sigma² / (1 + sigma²)` for `alpha = 1`. Published
/// code gives the gradient another weight, that of a DDIM step; here it has the weight of Bayes'
/// rule, so that any sampler fits. With a variance of 0 it is the approximation of diffusion
/// posterior sampling, `p(y | x) ≈ p(y | x0)`, with its exact weight (Chung et al. 2023,
/// https://arxiv.org/abs/2209.14687); ``DPS`` is that method as published.
public struct PiGDM<Base: Denoiser>: Denoiser {
  /// The variance that clean samples are taken to have.
  public let dataVariance: Double

  private let base: Base
  private let measurement: LinearMeasurement

  /// The guided denoiser.
  ///
  /// - Parameters:
  ///   - base: The denoiser of all data, from operations that record gradients.
  ///   - measurement: What was measured.
  ///   - dataVariance: The variance that clean samples are taken to have, at least 0; not 0 without
  ///     measurement noise.
  public init(_ base: Base, measurement: LinearMeasurement, dataVariance: Double = 1) {
    precondition(
      dataVariance > 0 || (dataVariance == 0 && measurement.sigma > 0),
      "variance \(dataVariance) with measurement noise \(measurement.sigma)")
    self.base = base
    self.measurement = measurement
    self.dataVariance = dataVariance
  }

  /// Estimates `x0` with a call of the denoiser and a gradient through it; throws ``GuidanceError``
  /// where there is only noise.
  public func callAsFunction(_ x: Tensor, at level: NoiseLevel) throws -> Tensor {
    guard level.alpha > 0 else { throw GuidanceError.noSignal(level) }
    let (sigma2, noise2) = (level.sigma * level.sigma, measurement.sigma * measurement.sigma)
    let left = dataVariance * sigma2 / (level.alpha * level.alpha * dataVariance + sigma2)
    let (x0, gradient) = try withGradients {
      let x = x.withGradient()
      let x0 = try base(x, at: level)
      let weighted = measurement.operator.spectrum(measurement.residual(of: x0.detached())) {
        let variance = left * $0 + noise2
        return variance > 0 ? 1 / variance : 0
      }
      let seed = measurement.operator.adjoint(weighted)
      return (x0.detached(), x0.gradients(by: [x], seed: seed)[0])
    }
    return x0 + (sigma2 / level.alpha) * gradient
  }
}
