public import Torch

/// A consistency model's boundary condition: without noise, the answer is `x` itself.
///
/// The answer is `skip · x + out · base`, with `skip · x = x0` and `out = 0` at the level where the
/// model's samples lie (Song et al. 2023, equation 5, https://arxiv.org/abs/2303.01469).
public struct ConsistencyBoundary<Base: Denoiser>: Denoiser {
  private let base: Base
  private let factors: (NoiseLevel) -> (skip: Double, out: Double)

  /// The condition of latent consistency models, in a network's timesteps: diffusers'
  /// `LCMScheduler`.
  ///
  /// Luo et al. 2023, https://arxiv.org/abs/2310.04378. `x` counts in the unit of the network's
  /// path.
  ///
  /// - Parameters:
  ///   - base: The network as a denoiser.
  ///   - schedule: What its timesteps stand for.
  ///   - scaling: The factor of the timesteps.
  ///   - deviation: The standard deviation of the data.
  /// - Returns: The denoiser of the flow's end.
  public static func lcm(
    _ base: Base, schedule: any NoiseSchedule, scaling: Double = 10, deviation: Double = 0.5
  ) -> ConsistencyBoundary {
    ConsistencyBoundary(base) { level in
      let time = scaling * schedule.timestep(at: level)
      let (data2, sum) = (deviation * deviation, time * time + deviation * deviation)
      return (data2 / sum * schedule.path.scale(of: level), time / sum.squareRoot())
    }
  }

  /// The condition of consistency models, in Karras' sigma: diffusers'
  /// `CMStochasticIterativeScheduler`.
  ///
  /// Song et al. 2023, appendix C.
  ///
  /// - Parameters:
  ///   - base: What the network outputs.
  ///   - lowest: The level of the model's answers.
  ///   - deviation: The standard deviation of the data.
  /// - Returns: The denoiser of the flow's end.
  public static func consistency(
    _ base: Base, lowest: Double = 0.002, deviation: Double = 0.5
  ) -> ConsistencyBoundary {
    ConsistencyBoundary(base) { level in
      let (sigma, data2) = (level.karrasSigma, deviation * deviation)
      let above = sigma - lowest
      return (
        data2 / (above * above + data2) / level.alpha,
        above * deviation / (sigma * sigma + data2).squareRoot()
      )
    }
  }

  /// The denoiser with its factors by level.
  ///
  /// - Parameters:
  ///   - base: The denoiser whose answers are mixed with `x`.
  ///   - factors: The factors of `x` and of the base's answer.
  public init(
    _ base: Base, factors: @escaping (_ level: NoiseLevel) -> (skip: Double, out: Double)
  ) {
    self.base = base
    self.factors = factors
  }

  /// The mixed answer.
  public func callAsFunction(_ x: Tensor, at level: NoiseLevel) throws -> Tensor {
    let (skip, out) = factors(level)
    return skip * x + out * (try base(x, at: level))
  }
}
