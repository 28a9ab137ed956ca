public import Torch

/// Strategic stochastic sampling of trajectory consistency models: below the next level, then up.
///
/// Zheng et al. 2024, https://arxiv.org/abs/2402.19159; diffusers' `TCDScheduler`, which calls
/// ``gamma`` `eta`. A step goes along the straight direction to the time `(1 - gamma) s` and adds
/// noise up to `s`. At `gamma = 0` it is ``DDIM``, at 1 ``LCM``. A trajectory consistency model
/// learns to make straight steps of such lengths exact; in between, neither the exact end of the
/// flow nor the exact mean is enough, and leaves an error that more steps do not lower.
public struct TCD: Sampler {
  /// How far below the next level a step goes, from 0 to 1.
  public let gamma: Double

  /// Whose timesteps are shortened; without one, the time is that of a flow.
  public let schedule: (any NoiseSchedule)?

  /// 1 without noise, as for ``DDIM``.
  public var order: Int { gamma > 0 ? 0 : 1 }

  /// Whether ``gamma`` is above 0.
  public var isStochastic: Bool { gamma > 0 }

  /// The end of the probability flow, or the mean at `gamma = 0`.
  public var target: DenoiserTarget { gamma > 0 ? .flowEnd : .mean }

  /// The sampler.
  ///
  /// - Parameters:
  ///   - gamma: How far below the next level a step goes, from 0 to 1.
  ///   - schedule: Whose timesteps `gamma` shortens; they are rounded down to whole ones, as in
  ///     diffusers, if it is a ``DiscreteSchedule``.
  public init(gamma: Double = 0.3, schedule: (any NoiseSchedule)? = nil) {
    precondition((0...1).contains(gamma), "gamma \(gamma) is not between 0 and 1")
    self.gamma = gamma
    self.schedule = schedule
  }

  /// Follows the direction at `t` below `s`, and adds noise.
  public func step(
    _ x: Tensor, from t: NoiseLevel, to s: NoiseLevel, denoiser: some Denoiser,
    noise: NoiseSource
  ) throws -> Tensor {
    let x0 = try denoiser(x, at: t)
    guard s.sigma > 0 else { return s.alpha * x0 }
    guard gamma > 0 else { return s.noised(x0, by: t.epsilon(in: x, of: x0)) }
    let below = below(s)
    let moved = below.noised(x0, by: t.epsilon(in: x, of: x0))
    let added = s.varianceAdded(since: below).squareRoot()
    return s.alpha / below.alpha * moved + added * noise.normal(like: x)
  }

  private func below(_ s: NoiseLevel) -> NoiseLevel {
    guard let schedule else {
      let time = (1 - gamma) * NoisePath.flow.level(s).sigma
      return NoiseLevel(alpha: 1 - time, sigma: time)
    }
    // A product that should be whole is not rounded to the number below.
    let timestep = (1 - gamma) * schedule.timestep(at: s)
    let whole = (timestep + 1e-6).rounded(.down)
    return schedule.level(at: schedule is DiscreteSchedule ? whole : timestep)
  }
}
