internal import Foundation
internal import Layers
internal import Torch

/// Everything that a step changes.
struct TrainingState {
  let run: TrainingRun
  let parameters: [ParameterStore.Parameter]
  let optimizer: PlannedOptimizer
  let average: ExponentialAverage
  private(set) var step = 0
  private(set) var loss = RunningMean(length: 100)
  private(set) var checkpoint: RunCheckpoint?

  /// The time that the steps took, in seconds.
  var seconds = 0.0

  init(_ run: TrainingRun, _ store: ParameterStore) throws {
    self.run = run
    parameters = store.parameters
    let plan = run.plan
    (optimizer, average) = try checked { [parameters] in
      (
        try PlannedOptimizer(parameters, plan),
        ExponentialAverage(parameters, decay: plan.averageDecay)
      )
    }
    if let last = try run.folder.checkpoints().last { try restore(last) }
  }

  private var weights: [String: Tensor] {
    Dictionary(uniqueKeysWithValues: parameters.map { ($0.name, $0.tensor) })
  }

  private mutating func restore(_ checkpoint: RunCheckpoint) throws {
    let saved = try run.state(of: checkpoint)
    try RunCheckpoint.read(checkpoint.weights, into: weights)
    try RunCheckpoint.read(checkpoint.average, into: average.state)
    try RunCheckpoint.read(checkpoint.optimizer, into: optimizer.state)
    step = saved.step
    loss = RunningMean(length: 100, value: saved.smoothedLoss, count: saved.step)
    seconds = saved.seconds
    self.checkpoint = checkpoint
  }

  /// Saves everything, unless the last checkpoint has it.
  mutating func save(_ curve: LossCurve) throws -> RunCheckpoint {
    if let checkpoint, checkpoint.step == step { return checkpoint }
    let norm = try checked { globalNorm(parameters.map { $0.tensor.detached() }).item() }
    guard norm.isFinite else {
      throw TrainingError.weightsNotFinite(
        step: step, learningRate: run.plan.learningRate(step: step, of: run.plan.steps))
    }
    try curve.synchronize()
    let state = RunState(
      step: step, plan: run.plan, data: run.data, smoothedLoss: loss.value, seconds: seconds)
    let saved = try run.folder.add(step: step) { [weights, average, optimizer] checkpoint in
      try RunCheckpoint.write(weights, to: checkpoint.weights)
      try RunCheckpoint.write(average.state, to: checkpoint.average)
      try RunCheckpoint.write(optimizer.state, to: checkpoint.optimizer)
      try checkpoint.write(state)
    }
    checkpoint = saved
    return saved
  }

  /// Notes that a step is done.
  mutating func finished(_ number: Int, loss value: Double) {
    step = number
    loss.add(value)
  }
}
