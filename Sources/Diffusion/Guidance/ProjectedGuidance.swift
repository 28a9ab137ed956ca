public import Torch

/// Adaptive projected guidance: the difference of the estimates without what oversaturates.
///
/// Sadat et al. 2024, https://arxiv.org/abs/2410.02416. The difference gets a (negative) momentum,
/// is held to a length, and its part parallel to `cond` is weighed down; `scale - 1` times the rest
/// is added to `cond`. That is their formula, and diffusers' with `use_original_formulation`, whose
/// scale is `scale - 1`; diffusers' default adds `scale` times the rest to `uncond`, which takes
/// away what the projection has removed and is another method. They project on estimates of `x0`;
/// diffusers on the network's outputs.
///
/// The momentum remembers the run, so make a rule for each: copies share the memory. A level that
/// is as noisy as the latest, or noisier, forgets what came at and after it, so that a second run,
/// a resampled step, or a second evaluation at one level count no difference twice.
public struct ProjectedGuidance: Guidance {
  /// The guidance scale; 1 is off.
  public let scale: Double

  /// How much of the parallel part stays, from 0 to 1; 1 is ordinary guidance.
  public let parallel: Double

  /// The greatest length of the difference of a sample; none if it is not held.
  public let maximumNorm: Double?

  /// How much of the last difference is added to the next; negative in the paper, 0 is none.
  public let momentum: Double

  private let memory = Memory()

  /// The rule for a run.
  ///
  /// - Parameters:
  ///   - scale: The guidance scale; 1 is off.
  ///   - parallel: How much of the part parallel to `cond` stays, from 0 to 1.
  ///   - maximumNorm: The greatest length of the difference of a sample.
  ///   - momentum: How much of the last difference is added to the next, between -1 and 1.
  public init(
    scale: Double, parallel: Double = 0, maximumNorm: Double? = nil, momentum: Double = 0
  ) {
    precondition(abs(momentum) < 1, "momentum \(momentum) is not between -1 and 1")
    self.scale = scale
    self.parallel = parallel
    self.maximumNorm = maximumNorm
    self.momentum = momentum
  }

  /// Whether ``scale`` is 1.
  public func isOff(at level: NoiseLevel) -> Bool { scale == 1 }

  /// Adds the projected difference to `cond`.
  public func combine(cond: Tensor, uncond: Tensor, at level: NoiseLevel) -> Tensor {
    var difference = remembered(cond - uncond, at: level)
    if let maximumNorm {
      let factor = maximumNorm / norm(difference).clamped(min: .real(maximumNorm))
      difference = factor * difference
    }
    let along = dot(difference, cond).divided(by: dot(cond, cond), otherwise: 0) * cond
    return cond + (scale - 1) * (difference - (1 - parallel) * along)
  }

  /// A difference with its momentum, which the next one gets.
  func remembered(_ difference: Tensor, at level: NoiseLevel) -> Tensor {
    guard momentum != 0 else { return difference }
    let moved = memory.last(before: level).map { difference + momentum * $0 } ?? difference
    memory.remember(moved, at: level)
    return moved
  }
}

/// The differences of the latest levels of a run, noisiest first.
private final class Memory {
  private var differences: [(level: NoiseLevel, value: Tensor)] = []

  /// The difference at the level before this one; forgets those that do not come before it.
  func last(before level: NoiseLevel) -> Tensor? {
    differences.removeAll { $0.level.logSNR >= level.logSNR }
    return differences.last?.value
  }

  /// Keeps a difference, and the one before it: this level may be asked for again.
  func remember(_ difference: Tensor, at level: NoiseLevel) {
    differences = differences.suffix(1) + [(level, difference)]
  }
}
