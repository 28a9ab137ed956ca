public import Layers
public import Torch

/// Trains a network, from the last checkpoint in the run's folder or from the start.
///
/// A step draws what it needs from its own generator, asks for the loss, follows its gradient and
/// averages the weights. A run that was killed and resumed ends with the very bits of one that
/// was not, on the same machine and with the same number of threads.
///
/// - Parameters:
///   - run: The plan, the folder and the data's name.
///   - store: The weights that the network was built with; on resuming, the saved ones are copied
///     into them, so the network has them too.
///   - loss: The mean loss over the batch of a step, of rank zero.
///   - progress: Told of every step when it is done.
///   - sample: Draws with the averaged weights after a number of steps, every `sampleEvery` and at
///     the end. A run that goes on from such a step draws again, in case it was killed meanwhile.
///     The source's tensors are the average's own: a network built from them follows it.
/// - Returns: The average of the weights, after the last step or the one where the run was
///   stopped; all is saved.
/// - Throws: ``TrainingError``, `TorchError`, `CheckpointError`, `FileError`, or what `loss` or
///   `sample` throws. The last checkpoint is then as it was.
public func train(
  _ run: TrainingRun, store: ParameterStore, loss: (TrainingStep) throws -> Tensor,
  progress: (TrainingProgress) -> Void = { _ in },
  sample: (_ step: Int, _ average: WeightSource) throws -> Void = { _, _ in }
) throws -> TrainingResult {
  let plan = run.plan
  let lock = try FolderLock(run.folder)
  defer { withExtendedLifetime(lock) {} }
  try run.folder.removeLeftovers()
  var state = try TrainingState(run, store)
  let curve = try LossCurve(run.folder.lossCurve, keeping: state.step)
  func sampleIfDue() throws {
    guard state.step > 0 else { return }
    guard state.step.isMultiple(of: plan.sampleEvery) || state.step >= plan.steps else { return }
    try checked { try sample(state.step, state.average.weights) }
  }

  try sampleIfDue()
  var clock = StepClock()
  while state.step < plan.steps && !run.shouldStop {
    let number = state.step + 1
    let update = try descend(state, number, loss)
    try curve.append(update, step: number)
    state.finished(number, loss: update.loss)
    state.seconds += clock.lap()
    if number.isMultiple(of: plan.saveEvery) { _ = try state.save(curve) }
    progress(
      clock.progress(update, step: number, of: plan, smoothedLoss: state.loss.value))
    try sampleIfDue()
  }
  return TrainingResult(
    step: state.step, isFinished: state.step >= plan.steps, smoothedLoss: state.loss.value,
    average: state.average.weights, checkpoint: try state.save(curve))
}

/// What a step found.
struct Update {
  let loss: Double
  let gradientNorm: Double
  let learningRate: Double
}

/// One step: the gradient of the loss, clipped, moves the weights, and the average follows.
private func descend(
  _ state: TrainingState, _ number: Int, _ loss: (TrainingStep) throws -> Tensor
) throws -> Update {
  let plan = state.run.plan
  let learningRate = plan.learningRate(step: number, of: plan.steps)
  let (losses, gradients) = try checked { try backward(state.parameters, plan, number, loss) }
  let present = gradients.compactMap { $0 }
  return try checked {
    let values = (losses + [globalNorm(present)]).stacked().values(as: Double.self)
    let update = Update(
      loss: values.dropLast().reduce(0, +), gradientNorm: values.last ?? .nan,
      learningRate: learningRate)
    guard update.loss.isFinite && update.gradientNorm.isFinite else {
      throw TrainingError.notFinite(
        step: number, loss: update.loss, gradientNorm: update.gradientNorm,
        learningRate: learningRate)
    }
    if let maximum = plan.clip { clip(present, norm: update.gradientNorm, to: maximum) }
    state.optimizer.step(gradients, learningRate: learningRate)
    state.average.update(state.parameters, step: number)
    return update
  }
}

/// The losses of a step's parts, over their number, and the gradient of their sum.
private func backward(
  _ parameters: [ParameterStore.Parameter], _ plan: TrainingPlan, _ number: Int,
  _ loss: (TrainingStep) throws -> Tensor
) throws -> (losses: [Tensor], gradients: [Tensor?]) {
  defer { for parameter in parameters { parameter.tensor.clearGradient() } }
  var losses: [Tensor] = []
  for part in 0..<plan.accumulation {
    let step = TrainingStep(number: number, part: part, plan: plan)
    let value = try withAutocast(plan.precision.autocast) { try loss(step) }
    let share = value.converted(to: .float32) / Double(plan.accumulation)
    share.backward()
    losses.append(share.detached().reshaped([]))
  }
  return (losses, parameters.map(\.tensor.gradient))
}
