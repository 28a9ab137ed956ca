/// Measures the rate of a run.
struct StepClock {
  private var last = ContinuousClock.now
  private var secondsPerStep = RunningMean(length: 50)

  /// The seconds since the last lap, or since the clock was made.
  mutating func lap() -> Double {
    let now = ContinuousClock.now
    let seconds = (now - last) / .seconds(1)
    last = now
    secondsPerStep.add(seconds)
    return seconds
  }

  func progress(
    _ update: Update, step: Int, of plan: TrainingPlan, smoothedLoss: Double
  ) -> TrainingProgress {
    let rate = 1 / max(secondsPerStep.value, 1e-9)
    return TrainingProgress(
      step: step, steps: plan.steps, loss: update.loss, smoothedLoss: smoothedLoss,
      gradientNorm: update.gradientNorm, learningRate: update.learningRate, stepsPerSecond: rate,
      samplesPerSecond: rate * Double(plan.batchSize),
      secondsToGo: Double(plan.steps - step) / rate)
  }
}
