internal import Foundation

extension NoiseLevel {
  /// Karras' sigma at `s` as a part of that at this level, `exp(-h)` of a step of length `h` in
  /// half ``logSNR``; 0 from pure noise.
  func sigmaRatio(to s: NoiseLevel) -> Double { s.sigma / s.alpha * (alpha / sigma) }

  /// The level a part of the way to `s`, in equal parts of ``logSNR``; neither may be an end of it.
  func between(_ s: NoiseLevel, part: Double) -> NoiseLevel {
    NoiseLevel(
      alpha: pow(alpha, 1 - part) * pow(s.alpha, part),
      sigma: pow(sigma, 1 - part) * pow(s.sigma, part))
  }
}

/// How an ancestral sampler splits its way to a level: down without noise, then up by fresh noise.
///
/// The way down follows the probability flow, the way up is the noising process. Both keep the
/// distributions of noisy data as they are, so all error is that of the flow's solver, whose order
/// an ancestral sampler has.
///
/// The levels down and up have the same `alpha`, so that `down.sigma² + up²` is the variance of the
/// level to reach.
public enum AncestralSplit: String, Sendable, Hashable, Codable, CaseIterable {
  /// The fresh noise is a share `eta` of the posterior's standard deviation, as in DDPM:
  /// k-diffusion's `get_ancestral_step`.
  case posterior
  /// The share `eta` of a straight step is taken twice down the flow's time: `sigma_down` is
  /// `sigma_s · (1 + (sigma_s / sigma_t - 1) · eta)` in the flow's units, as ComfyUI's and
  /// diffusers' samplers of rectified flows have it.
  case flow

  /// The level to step down to from `t`, and the deviation of the noise that leads to `s` from
  /// there.
  package func callAsFunction(
    from t: NoiseLevel, to s: NoiseLevel, eta: Double
  ) -> (down: NoiseLevel, up: Double) {
    let up: Double
    switch self {
    case .posterior:
      let ratio = t.sigmaRatio(to: s)
      up = s.sigma * min(1, eta * (1 - ratio * ratio).squareRoot())
    case .flow:
      let (sigmaT, sigmaS) = (NoisePath.flow.level(t).sigma, NoisePath.flow.level(s).sigma)
      let sigma = sigmaS * (1 + (sigmaS / sigmaT - 1) * eta)
      let down = s.alpha * sigma / (1 - sigma)
      return (
        NoiseLevel(alpha: s.alpha, sigma: down),
        max(s.sigma * s.sigma - down * down, 0).squareRoot()
      )
    }
    let down = max(s.sigma * s.sigma - up * up, 0).squareRoot()
    return (NoiseLevel(alpha: s.alpha, sigma: down), up)
  }
}
