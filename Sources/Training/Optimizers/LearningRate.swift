internal import Foundation

/// The learning rate of every step: a linear rise to a peak, then what the decay says.
public struct LearningRate: Codable, Hashable, Sendable {
  /// How the rate falls from the peak; `to` is the fraction of the peak at the last step.
  public enum Decay: Codable, Hashable, Sendable {
    /// It stays at the peak.
    case constant
    /// Half a period of a cosine, https://arxiv.org/abs/1608.03983, equation 5.
    case cosine(to: Double)
    /// A straight line.
    case linear(to: Double)
    /// It stays at the peak until the last `steps` steps, then falls in a straight line, so that
    /// a run can be made longer until then, https://arxiv.org/abs/2405.18392.
    case tail(steps: Int, to: Double)
  }

  /// The largest rate.
  public let peak: Double
  /// The step, counted from 1, that first has the peak; 0 is no rise.
  public let warmupSteps: Int
  /// How the rate falls after the rise.
  public let decay: Decay

  /// A rate that rises to `peak` over `warmupSteps` steps and then falls as `decay` says.
  public init(peak: Double, warmupSteps: Int = 0, decay: Decay = .constant) {
    self.peak = peak
    self.warmupSteps = warmupSteps
    self.decay = decay
  }

  /// The rate of a step.
  ///
  /// - Parameters:
  ///   - step: The step's number, from 1.
  ///   - steps: The number of steps of the run, which the decay ends with.
  /// - Returns: The factor of the update.
  public func callAsFunction(step: Int, of steps: Int) -> Double {
    if step < warmupSteps { return peak * Double(step) / Double(warmupSteps) }
    func left(of length: Int) -> Double {
      min(max(Double(steps - step) / Double(max(length, 1)), 0), 1)
    }
    switch decay {
    case .constant: return peak
    case .cosine(let end):
      return peak * (end + (1 - end) * (1 - cos(.pi * left(of: steps - warmupSteps))) / 2)
    case .linear(let end): return peak * (end + (1 - end) * left(of: steps - warmupSteps))
    case .tail(let length, let end): return peak * (end + (1 - end) * left(of: length))
    }
  }

  func validate() throws(TrainingError) {
    try require(
      peak > 0 && peak.isFinite, "learningRate.peak", "a number above 0", "\(peak)")
    try require(
      warmupSteps >= 0, "learningRate.warmupSteps", "a whole number from 0", "\(warmupSteps)")
    switch decay {
    case .constant: break
    case .cosine(let end), .linear(let end): try validate(end: end)
    case .tail(let length, let end):
      try require(
        length > 0, "learningRate.decay.steps", "a whole number from 1", "\(length)")
      try validate(end: end)
    }
  }

  private func validate(end: Double) throws(TrainingError) {
    try require(0...1 ~= end, "learningRate.decay.to", "a fraction from 0 to 1", "\(end)")
  }
}
