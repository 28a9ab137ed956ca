public import Torch

/// The Euler–Maruyama method for a stochastic equation with a flow's marginals.
///
/// `dx = (velocity + eta · epsilon) dt + sqrt(2 · eta · t) dw` back in the flow's time (Ma et al.
/// 2024, with `w = 2 · eta · sigma`, https://arxiv.org/abs/2401.08740): bounded at both ends, pure
/// noise included. At `eta = 0` it is ``Euler``. Other paths are measured as a flow for the step.
/// First order in its moments.
public struct FlowSDE: Sampler {
  /// How much noise there is, not negative.
  public let eta: Double

  /// The error of the moments falls in proportion to the step.
  public var order: Int { 1 }

  /// Whether ``eta`` is above 0.
  public var isStochastic: Bool { eta > 0 }

  /// The sampler with a factor of its noise, not negative.
  public init(eta: Double = 0.5) {
    precondition(eta >= 0, "eta \(eta) is negative")
    self.eta = eta
  }

  /// Follows the drift at `t` to `s`, and adds noise.
  public func step(
    _ x: Tensor, from t: NoiseLevel, to s: NoiseLevel, denoiser: some Denoiser,
    noise: NoiseSource
  ) throws -> Tensor {
    let x0 = try denoiser(x, at: t)
    guard s.sigma > 0 else { return s.alpha * x0 }
    let epsilon = t.epsilon(in: x, of: x0)
    let (timeT, timeS) = (NoisePath.flow.level(t).sigma, NoisePath.flow.level(s).sigma)
    let dt = timeT - timeS
    let flow = NoisePath.flow.scale(of: t) * x
    let mean = flow - dt * (epsilon - x0 + eta * epsilon)
    let unit = 1 / NoisePath.flow.scale(of: s)
    guard eta > 0 else { return unit * mean }
    let deviation = (2 * eta * timeT * dt).squareRoot()
    return unit * (mean + deviation * noise.increment(like: x, from: t, to: s))
  }
}
