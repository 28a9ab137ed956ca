import Diffusion
import Foundation
import Layers
import TestSupport
import Testing
import Torch
import Training

private struct PointNetwork {
  let first: Linear
  let second: Linear
  let last: Linear

  init(_ scope: Scope) {
    first = Linear(scope / "first", 3, 128)
    second = Linear(scope / "second", 128, 128)
    last = Linear(scope / "last", 128, 2)
  }

  func callAsFunction(_ x: Tensor, _ timesteps: Tensor) -> Tensor {
    let time = (timesteps / 1000).unsqueezed(1)
    return last(silu(second(silu(first(concatenate(x, time, dim: 1))))))
  }
}

/// The worked example of `Training.docc/Training.md`, line for line.
@Suite struct ArticleTests {
  @Test("the article's example draws points of the circle")
  func example() throws {
    let temporary = try TemporaryFolder()
    let folder = temporary.file("circle")
    let angles = Tensor.range(to: 1000, dtype: .float32) * (2 * Double.pi / 1000)
    let points = [angles.cosine(), angles.sine()].stacked(dim: 1)

    let plan = try TrainingPlan(
      steps: 1000, batchSize: 128,
      learningRate: LearningRate(peak: 0.01, warmupSteps: 50, decay: .cosine(to: 0)),
      averageDecay: 0.99, seed: 1)
    let run = TrainingRun(plan: plan, folder: RunFolder(folder), data: "circle of 1000")
    let sampler = try WeightedSampler(count: 1000, batchSize: plan.batchSize, seed: plan.seed)
    let schedule = try FlowSchedule()
    let times = FlowTimes(schedule)
    let objective = DenoisingObjective(.velocity, schedule: schedule)

    let store = ParameterStore(initializing: Generator(seed: plan.seed))
    let network = try store.network { PointNetwork($0) }
    let result = try train(run, store: store) { step in
      let x0 = points.indexSelected(dim: 0, Tensor(sampler.indices(for: step)))
      let levels = times.levels(step.batchSize, using: step.generator)
      let epsilon = step.generator.normal([step.batchSize, 2])
      return try objective(x0: x0, epsilon: epsilon, levels: levels) { network($0, $1) }
    } progress: { progress in
      if progress.step % 500 == 0 { print(progress.step, progress.smoothedLoss) }
    }

    let averaged = try ParameterStore(loading: result.average).network { PointNetwork($0) }
    let denoiser = PredictionDenoiser(.velocity, schedule: schedule) { averaged($0, $1) }
    let drawn = try Heun().sample(
      Generator(seed: 2).normal([500, 2]), over: schedule.levels(20), denoiser: denoiser,
      noise: NoiseSource([]))
    let radii = drawn.vectorNorm(dims: [1])

    #expect(abs(radii.mean().item() - 1) < 0.02)
    #expect(radii.variance().item().squareRoot() < 0.1)
  }
}
