public import Torch

/// The Restart sampler: Heun's method that goes back up to more noise, and down again, a few times.
///
/// Xu et al. 2023, https://arxiv.org/abs/2306.14878. The noise that is added on the way up makes
/// new what errors the steps below have left. All of that is within the step that reaches
/// ``lowest``: outside, levels only fall. The way down again goes over the run's own levels, so
/// that more steps make it more exact, or over `steps` of Karras' levels as in the paper. Second
/// order.
public struct Restart: Sampler {
  /// The paper's `t_min` in Karras' sigma: the first level at or below it is where it turns.
  public let lowest: Double

  /// The paper's `t_max` in Karras' sigma: how far it goes back up.
  public let highest: Double

  /// How many times it goes back, the paper's `K`.
  public let repeats: Int

  /// The number of steps down from ``highest``; `nil` for the run's own levels.
  public let steps: Int?

  private var visited: [NoiseLevel] = []

  /// The error falls with the square of the step, if ``steps`` is `nil`.
  public var order: Int { steps == nil ? 2 : 0 }

  /// Whether it goes back at all.
  public var isStochastic: Bool { repeats > 0 }

  /// The sampler.
  ///
  /// - Parameters:
  ///   - lowest: Where it turns, above 0.
  ///   - highest: How far it goes back up, above `lowest`.
  ///   - repeats: How many times.
  ///   - steps: The number of steps down again, over Karras' levels; `nil` for the run's own, from
  ///     the lowest visited one that is not below `highest`, or the first.
  public init(
    lowest: Double = 0.1, highest: Double = 2, repeats: Int = 2, steps: Int? = nil
  ) {
    precondition(lowest > 0 && highest > lowest, "no interval from \(lowest) to \(highest)")
    precondition(repeats >= 0 && (steps ?? 1) > 0, "\(repeats) repeats of \(steps ?? 1) steps")
    self.lowest = lowest
    self.highest = highest
    self.repeats = repeats
    self.steps = steps
  }

  /// A step of Heun's method, and the repeats if it crosses ``lowest``.
  public mutating func step(
    _ x: Tensor, from t: NoiseLevel, to s: NoiseLevel, denoiser: some Denoiser,
    noise: NoiseSource
  ) throws -> Tensor {
    visited.append(t)
    var x = try Heun().step(x, from: t, to: s, denoiser: denoiser, noise: noise)
    guard s.sigma > 0, t.karrasSigma > lowest, s.karrasSigma <= lowest else { return x }
    let levels = try way(to: s)
    for _ in 0..<repeats {
      let top = levels[0]
      let added = top.varianceAdded(since: s).squareRoot()
      x = top.alpha / s.alpha * x + added * noise.normal(like: x)
      for (t, s) in zip(levels, levels.dropFirst()) {
        x = try Heun().step(x, from: t, to: s, denoiser: denoiser, noise: noise)
      }
    }
    return x
  }

  private func way(to s: NoiseLevel) throws -> [NoiseLevel] {
    guard let steps else {
      let top = visited.lastIndex { $0.karrasSigma >= highest } ?? 0
      return visited[top...] + [s]
    }
    let sigmas = try SigmaSpacing.karras().sigmas(steps + 1, from: highest, to: s.karrasSigma)
    return sigmas.dropLast().map { NoiseLevel(alpha: s.alpha, sigma: s.alpha * $0) } + [s]
  }
}
