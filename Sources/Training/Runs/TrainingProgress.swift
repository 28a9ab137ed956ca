/// Where a run is after a step.
public struct TrainingProgress: Sendable, Hashable {
  /// The number of steps that are done.
  public let step: Int
  /// The number of steps of the run.
  public let steps: Int
  /// The loss of the step.
  public let loss: Double
  /// The loss, averaged over about the last hundred steps.
  public let smoothedLoss: Double
  /// The norm of the gradient before it was clipped.
  public let gradientNorm: Double
  /// The learning rate of the step.
  public let learningRate: Double
  /// Steps a second, of about the last fifty steps, saving and sampling included.
  public let stepsPerSecond: Double
  /// Items of the data a second.
  public let samplesPerSecond: Double
  /// The time until the last step at this rate, in seconds.
  public let secondsToGo: Double
}

/// A running mean over about `length` values that begins as the plain mean.
struct RunningMean {
  let length: Double
  private(set) var value: Double
  private var count: Double

  init(length: Int, value: Double = 0, count: Int = 0) {
    self.length = Double(length)
    self.value = value
    self.count = min(Double(count), self.length)
  }

  mutating func add(_ new: Double) {
    count = min(count + 1, length)
    value += (new - value) / count
  }
}
