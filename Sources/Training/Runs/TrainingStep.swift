public import Torch

/// What the loss is told of the step that it is asked for.
///
/// All randomness of a step comes from its generator, whose seed is a function of the run's seed
/// and the step's number; so a resumed run draws what an uninterrupted one draws.
public struct TrainingStep {
  /// The step's number, from 1.
  public let number: Int
  /// Which part of the step's batch this is, from 0.
  public let part: Int
  /// The number of parts whose gradients are added up before the weights change.
  public let parts: Int
  /// The number of items of this part.
  public let batchSize: Int
  /// The source of noise, levels and everything else that this part draws.
  public let generator: Generator

  package init(number: Int, part: Int, plan: TrainingPlan) {
    self.number = number
    self.part = part
    parts = plan.accumulation
    batchSize = plan.batchSize / plan.accumulation
    generator = Generator(
      seed: generatorSeed(plan.seed, number: (number - 1) * plan.accumulation + part))
  }
}
