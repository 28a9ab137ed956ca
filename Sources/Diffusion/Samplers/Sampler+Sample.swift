public import Torch

/// What a sampler has done so far.
public struct SamplingStep: Sendable {
  /// The number of the step that was made, from 1 to ``count``.
  public let index: Int

  /// The number of steps of the whole run.
  public let count: Int

  /// The level that ``x`` has reached.
  public let level: NoiseLevel

  /// The samples at ``level``, `[batch, …]`.
  public let x: Tensor

  /// The latest estimate of the clean samples, `[batch, …]`: what a preview shows.
  public let x0: Tensor

  /// The same step as a part of a longer run.
  ///
  /// - Parameters:
  ///   - count: The number of steps of that run.
  ///   - steps: The number of them that were made before this run.
  /// - Returns: The step, counted in that run.
  public func within(run count: Int, after steps: Int) -> SamplingStep {
    SamplingStep(index: steps + index, count: count, level: level, x: x, x0: x0)
  }
}

/// What is wrong with a run of a sampler.
public enum SamplingError: Error, Sendable, Hashable, CustomStringConvertible {
  /// There are fewer than two levels.
  case tooFewLevels(Int)
  /// A level is not cleaner than the one before it.
  case risingNoise(index: Int, from: NoiseLevel, to: NoiseLevel)
  /// A level is not noisier than the one before it, in a run from data to noise.
  case fallingNoise(index: Int, from: NoiseLevel, to: NoiseLevel)
  /// The samples hold a NaN or an infinity after a step.
  case notFinite(step: Int, count: Int, from: NoiseLevel, to: NoiseLevel)

  /// What was expected, what was found and where.
  public var description: String {
    switch self {
    case .tooFewLevels(let count):
      "sampling: expected two levels or more, found \(count)"
    case .risingNoise(let index, let from, let to):
      "sampling: expected level \(index) to be cleaner than \(from), found \(to)"
    case .fallingNoise(let index, let from, let to):
      "inversion: expected level \(index) to be noisier than \(from), found \(to)"
    case .notFinite(let step, let count, let from, let to):
      "sampling: expected finite numbers, found NaN or infinity after step \(step) of \(count), "
        + "from \(from) to \(to)"
    }
  }
}

extension Sampler {
  /// Takes samples through a series of levels, with a copy of this sampler.
  ///
  /// No gradients are recorded. A failing operation, and a NaN or infinity after a step, end it.
  ///
  /// - Parameters:
  ///   - x: Noisy samples at the first level, `[batch, …]`.
  ///   - levels: Two levels or more, each cleaner than the one before it.
  ///   - denoiser: What estimates the clean samples.
  ///   - noise: The samples' random numbers.
  ///   - onStep: Called after every step; what it throws ends the run.
  /// - Returns: The samples at the last level.
  /// - Throws: ``SamplingError``, `TorchError`, or what the denoiser or `onStep` throws.
  public func sample(
    _ x: Tensor, over levels: [NoiseLevel], denoiser: some Denoiser, noise: NoiseSource,
    onStep: (SamplingStep) throws -> Void = { _ in }
  ) throws -> Tensor {
    try checkFalling(levels)
    var sampler = self
    sampler.begin(over: levels)
    let noise = noise.forNewRun(over: levels)
    var x = x
    let count = levels.count - 1
    for (index, (t, s)) in zip(levels, levels.dropFirst()).enumerated() {
      let watched = WatchedDenoiser(denoiser)
      x = try checked {
        try withoutGradients {
          try sampler.step(x, from: t, to: s, denoiser: watched, noise: noise)
        }
      }
      guard try checked({ x.isFinite().all().item() }) == 1 else {
        throw SamplingError.notFinite(step: index + 1, count: count, from: t, to: s)
      }
      let x0 = watched.latest ?? x
      try onStep(SamplingStep(index: index + 1, count: count, level: s, x: x, x0: x0))
    }
    return x
  }
}

private func checkFalling(_ levels: [NoiseLevel]) throws(SamplingError) {
  guard levels.count > 1 else { throw .tooFewLevels(levels.count) }
  for (index, (t, s)) in zip(levels, levels.dropFirst()).enumerated()
  where !(s.logSNR > t.logSNR) {
    throw .risingNoise(index: index + 1, from: t, to: s)
  }
}

/// A denoiser whose latest estimate can be looked at.
private final class WatchedDenoiser<Base: Denoiser>: Denoiser {
  private let base: Base
  private(set) var latest: Tensor?

  init(_ base: Base) {
    self.base = base
  }

  func callAsFunction(_ x: Tensor, at level: NoiseLevel) throws -> Tensor {
    let x0 = try base(x, at: level)
    latest = x0.detached()
    return x0
  }

  func estimate(_ x: Tensor, at level: NoiseLevel) throws -> DenoiserEstimate {
    let estimate = try base.estimate(x, at: level)
    latest = estimate.x0
    return estimate
  }
}
