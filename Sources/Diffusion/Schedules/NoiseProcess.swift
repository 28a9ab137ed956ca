public import Torch

/// A process that turns data into noise in continuous time, `dx = f(t) · x dt + g(t) dw`.
///
/// Song et al. 2021, section 3.4, https://arxiv.org/abs/2011.13456. Because the drift is linear,
/// a sample at time `t` is `alpha(t) · x0 + sigma(t) · epsilon`, with `alpha' = f · alpha` and
/// `(sigma²)' = 2 · f · sigma² + g²` (Karras et al. 2022, appendix B,
/// https://arxiv.org/abs/2206.00364).
public protocol NoiseProcess: Sendable {
  /// The unit in which the noisy samples are measured.
  var path: NoisePath { get }

  /// The times between which the process is defined.
  var times: ClosedRange<Double> { get }

  /// The marginal at a time: the factors of the clean sample and of the noise.
  func level(time t: Double) -> NoiseLevel

  /// The time of a level, of which only the signal-to-noise ratio counts.
  func time(of level: NoiseLevel) -> Double

  /// The factor `f(t)` of the drift.
  func drift(time t: Double) -> Double

  /// The factor `g(t)` of the noise.
  func diffusion(time t: Double) -> Double
}

extension NoiseProcess {
  /// The derivative by time of samples on the probability flow.
  ///
  /// Song et al. 2021, equation 13: `f · x - g² / 2 · score`.
  ///
  /// - Parameters:
  ///   - x: Noisy samples, `[batch, …]`.
  ///   - x0: What a denoiser estimates for them.
  ///   - t: Their time, with `sigma > 0`.
  /// - Returns: The derivative, in the shape of `x`.
  public func flow(_ x: Tensor, x0: Tensor, time t: Double) -> Tensor {
    let g = diffusion(time: t)
    return drift(time: t) * x - (g * g / 2) * level(time: t).score(in: x, of: x0)
  }

  /// The drift of the process that runs back from noise to data with the same noise.
  ///
  /// Song et al. 2021, equation 6: `f · x - g² · score`, by time that falls.
  ///
  /// - Parameters:
  ///   - x: Noisy samples, `[batch, …]`.
  ///   - x0: What a denoiser estimates for them.
  ///   - t: Their time, with `sigma > 0`.
  /// - Returns: The drift, in the shape of `x`.
  public func reverseDrift(_ x: Tensor, x0: Tensor, time t: Double) -> Tensor {
    let g = diffusion(time: t)
    return drift(time: t) * x - (g * g) * level(time: t).score(in: x, of: x0)
  }
}

extension NoiseLevel {
  /// The gradient of the log-density of noisy samples, `(alpha · x0 - x) / sigma²`.
  ///
  /// Of the samples of one `x0`, or of all data where `x0` is the denoiser's estimate (Tweedie's
  /// formula; Song et al. 2021, appendix A). `sigma` must be positive.
  public func score(in x: Tensor, of x0: Tensor) -> Tensor {
    (alpha * x0 - x) / (sigma * sigma)
  }
}
