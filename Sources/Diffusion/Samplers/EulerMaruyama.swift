public import Torch

/// The Euler–Maruyama method for a process that runs back from noise to data.
///
/// Song et al. 2021, equation 6 and section 4.1, https://arxiv.org/abs/2011.13456: a step back by
/// `dt` is `x - (f · x - g² · score) dt + g · sqrt(dt) · z` with `f` and `g` at its start. Over
/// ``VariancePreserving`` it is diffusers' `ScoreSdeVpScheduler`, whose steps all have the length
/// of one over their number, though its times end at 0.001. Levels on other paths are measured in
/// the process's unit for the step. A step from pure noise, where the drift of some processes has
/// no limit, is that of ``DDPM``. First order in its moments.
public struct EulerMaruyama: Sampler {
  /// The process.
  public let process: any NoiseProcess

  /// The error of the moments falls in proportion to the step.
  public var order: Int { 1 }

  /// Every step but the last draws noise.
  public var isStochastic: Bool { true }

  /// The sampler for a process.
  public init(_ process: some NoiseProcess) {
    self.process = process
  }

  /// Follows the drift at `t` to the time of `s`, and adds noise.
  public func step(
    _ x: Tensor, from t: NoiseLevel, to s: NoiseLevel, denoiser: some Denoiser,
    noise: NoiseSource
  ) throws -> Tensor {
    guard t.alpha > 0, s.sigma > 0 else {
      return try DDPM().step(x, from: t, to: s, denoiser: denoiser, noise: noise)
    }
    let x0 = try denoiser(x, at: t)
    let (from, to) = (process.time(of: t), process.time(of: s))
    let own = process.path.scale(of: t) * x
    let mean = own - (from - to) * process.reverseDrift(own, x0: x0, time: from)
    let deviation = process.diffusion(time: from) * (from - to).squareRoot()
    return (1 / process.path.scale(of: s)) * (mean + deviation * noise.normal(like: x))
  }
}
