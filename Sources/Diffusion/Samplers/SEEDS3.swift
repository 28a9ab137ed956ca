public import Torch

/// SEEDS-3: an exponential integrator for the stochastic equation with three evaluations a step.
///
/// Gonzalez et al. 2023, https://arxiv.org/abs/2305.14267, in its prediction of `x0` (ComfyUI's
/// `seeds_3`): the exact step of the equation with the estimates as a straight line in half
/// ``NoiseLevel/logSNR``, through those at the start and at a third, then at the start and at two
/// thirds. The noise of the parts is that of one Brownian path. At `eta = 0` it is
/// ``DPMSolverSinglestep`` of order 3. With two evaluations (`seeds_2`) the method is
/// ``DPMSolverPlusPlusSDE`` but for how the noise of the parts makes that of the whole. A step from
/// pure noise is of first order, with one evaluation.
public struct SEEDS3: Sampler {
  /// The share of the reverse-time equation's noise, not negative.
  public let eta: Double

  /// The error of the moments falls with the square of the step, without noise with its cube.
  public var order: Int { eta > 0 ? 2 : 3 }

  /// Whether ``eta`` is above 0.
  public var isStochastic: Bool { eta > 0 }

  /// The sampler with a share of the noise.
  public init(eta: Double = 1) {
    precondition(eta >= 0, "eta \(eta) is negative")
    self.eta = eta
  }

  /// Evaluates twice inside the step, along the noise, and integrates what was found.
  public func step(
    _ x: Tensor, from t: NoiseLevel, to s: NoiseLevel, denoiser: some Denoiser,
    noise: NoiseSource
  ) throws -> Tensor {
    let x0 = try denoiser(x, at: t)
    guard s.sigma > 0 else { return s.alpha * x0 }
    // Noise that is 0 if there is none, and what has gathered of it so far.
    func gathered(_ before: Tensor?, from a: NoiseLevel, to b: NoiseLevel) -> Tensor? {
      guard eta > 0 else { return nil }
      let part = StochasticExponentialStep(from: a, to: b, eta: eta)
      let fresh = part.deviation * noise.increment(like: x, from: a, to: b)
      return before.map { part.xWeight * $0 + fresh } ?? fresh
    }
    func moved(to level: NoiseLevel, slope: Tensor?, _ added: Tensor?) -> Tensor {
      let step = StochasticExponentialStep(from: t, to: level, eta: eta)
      var moved = step.xWeight * x + step.x0Weight * x0
      if let slope { moved = moved + step.firstMoment * slope }
      return added.map { moved + $0 } ?? moved
    }
    guard t.alpha > 0 else {
      return moved(to: s, slope: nil, gathered(nil, from: t, to: s))
    }
    let (third, twoThirds) = (t.between(s, part: 1.0 / 3), t.between(s, part: 2.0 / 3))
    func slope(of other: Tensor, at level: NoiseLevel) -> Tensor {
      (other - x0) / ((level.logSNR - t.logSNR) / 2)
    }
    let first = gathered(nil, from: t, to: third)
    let second = try denoiser(moved(to: third, slope: nil, first), at: third)
    let both = gathered(first, from: third, to: twoThirds)
    let inner = moved(to: twoThirds, slope: slope(of: second, at: third), both)
    let last = try denoiser(inner, at: twoThirds)
    let all = gathered(both, from: twoThirds, to: s)
    return moved(to: s, slope: slope(of: last, at: twoThirds), all)
  }
}
