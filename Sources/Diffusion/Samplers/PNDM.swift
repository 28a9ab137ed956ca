public import Torch

/// PNDM: the pseudo linear multistep method, started by three pseudo Runge–Kutta steps.
///
/// Liu et al. 2022, https://arxiv.org/abs/2202.09778 (F-PNDM; diffusers' `PNDMScheduler`). The
/// first three steps take four evaluations each, all others one. The weights are those of equal
/// steps, so over smooth schedules the error falls with the square of the step.
///
/// A step to a clean level gives the estimate, where diffusers' last step still puts noises
/// together. A step from pure noise is of first order.
public struct PNDM: Sampler {
  /// The level in the middle of a Runge–Kutta step.
  public typealias Middle = @Sendable (_ t: NoiseLevel, _ s: NoiseLevel) -> NoiseLevel

  private let middle: Middle?
  private var history = History()

  /// The error falls with the square of the step.
  public var order: Int { 2 }

  /// The flow is deterministic.
  public var isStochastic: Bool { false }

  /// The sampler, without a memory yet.
  ///
  /// - Parameter middle: The level in the middle of a Runge–Kutta step. The paper halves timesteps,
  ///   which a sampler does not know; if not given, ``NoiseLevel/logSNR`` is halved.
  public init(middle: Middle? = nil) {
    self.middle = middle
  }

  /// Finds the noise for the step, and follows it to `s`.
  public mutating func step(
    _ x: Tensor, from t: NoiseLevel, to s: NoiseLevel, denoiser: some Denoiser,
    noise: NoiseSource
  ) throws -> Tensor {
    let x0 = try denoiser(x, at: t)
    let epsilon = t.epsilon(in: x, of: x0)
    history.add(epsilon, at: t, keeping: 4)
    guard s.sigma > 0, t.alpha > 0 else { return t.moved(x, to: s, x0: x0) }
    let followed =
      history.count == 4
      ? adamsBashforth(history.values)
      : try rungeKutta(x, epsilon, from: t, to: s, denoiser: denoiser)
    return t.moved(x, to: s, epsilon: followed)
  }

  /// The mean of four noises, the middle ones counted twice.
  private func rungeKutta(
    _ x: Tensor, _ e1: Tensor, from t: NoiseLevel, to s: NoiseLevel, denoiser: some Denoiser
  ) throws -> Tensor {
    func epsilon(following e: Tensor, to level: NoiseLevel) throws -> Tensor {
      let x = t.moved(x, to: level, epsilon: e)
      return level.epsilon(in: x, of: try denoiser(x, at: level))
    }
    let half = middle?(t, s) ?? t.towards(s, part: 0.5)
    let e2 = try epsilon(following: e1, to: half)
    let e3 = try epsilon(following: e2, to: half)
    let e4 = try epsilon(following: e3, to: s)
    return (e1 + 2 * e2 + 2 * e3 + e4) / 6
  }
}
