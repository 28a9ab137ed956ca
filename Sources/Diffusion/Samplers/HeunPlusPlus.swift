public import Torch

/// Heun++: the directions here, at the next level and at the one after it, weighed by their noise.
///
/// A sampler that users made, kept because they ask for it: `heunpp2` of ComfyUI and of
/// https://github.com/Carzit/sd-webui-samplers-scheduler. Where the run begins at `sigma_1`, the
/// directions at the next two levels have the weights `sigma / (3 · sigma_1)`, and the first has
/// the rest; the last step but one, which looks no further than its end, has `sigma / (2 ·
/// sigma_1)`, and the last is Euler's. The weights are those of a method of second order only where
/// the noise is that of the beginning: it is of first order, with three evaluations a step.
///
/// Along the straight line between the two levels, as ``Heun``. A step outside of a run is Euler's.
public struct HeunPlusPlus: Sampler {
  private var levels: [NoiseLevel] = []

  /// The error falls in proportion to the step.
  public var order: Int { 1 }

  /// The flow is deterministic.
  public var isStochastic: Bool { false }

  /// The sampler.
  public init() {}

  /// Looks at the levels of the run, which a step looks ahead in.
  public mutating func begin(over levels: [NoiseLevel]) { self.levels = levels }

  /// Follows a mean of the directions at `t`, at `s` and at the level after `s`.
  public func step(
    _ x: Tensor, from t: NoiseLevel, to s: NoiseLevel, denoiser: some Denoiser,
    noise: NoiseSource
  ) throws -> Tensor {
    let x0 = try denoiser(x, at: t)
    guard s.sigma > 0 else { return s.alpha * x0 }
    let epsilon = t.epsilon(in: x, of: x0)
    let xAtS = s.noised(x0, by: epsilon)
    guard let index = levels.firstIndex(of: s), index + 1 < levels.count else { return xAtS }
    let (x0AtS, after) = (try denoiser(xAtS, at: s), levels[index + 1])
    var directions = [(x0, epsilon), (x0AtS, s.epsilon(in: xAtS, of: x0AtS))]
    var weights = [s.sigma / (2 * levels[0].sigma)]
    if index + 2 < levels.count {
      let xAfter = after.noised(x0AtS, by: directions[1].1)
      let x0After = try denoiser(xAfter, at: after)
      directions.append((x0After, after.epsilon(in: xAfter, of: x0After)))
      weights = [s.sigma, after.sigma].map { $0 / (3 * levels[0].sigma) }
    }
    weights.insert(1 - weights.reduce(0, +), at: 0)
    let (dAlpha, dSigma) = (s.alpha - t.alpha, s.sigma - t.sigma)
    return zip(weights, directions).reduce(x) { x, term in
      let (weight, (x0, epsilon)) = term
      return x + (weight * dAlpha) * x0 + (weight * dSigma) * epsilon
    }
  }
}
