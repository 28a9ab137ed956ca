import Checkpoints
import Foundation
import Layers
import TestSupport
import Testing
import Torch
import Training

@Suite struct TrainTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test("a linear layer learns a sum")
  func learns() throws {
    var fit = LineFit(in: folder)
    fit.steps = 400
    fit.saveEvery = 1000
    fit.learningRate = LearningRate(peak: 0.05, warmupSteps: 10, decay: .cosine(to: 0))
    let result = try fit.train()
    #expect(result.isFinished && result.step == 400)
    #expect(result.checkpoint.step == 400)
    let saved = try Checkpoint(contentsOf: result.checkpoint.weights)
    let weights = try saved.tensor("line.weight").values(as: Double.self)
    #expect(weights.allSatisfy { abs($0 - 1) < 0.01 })
    let average = try result.average.tensor("line.weight").values(as: Float.self)
    #expect(
      try Checkpoint(contentsOf: result.checkpoint.average).tensor("line.weight")
        .values(as: Float.self) == average)
  }

  @Test("the last two checkpoints are kept, the end is saved, and each step has a row")
  func folderContents() throws {
    var fit = LineFit(in: folder)
    fit.steps = 18
    let result = try fit.train()
    #expect(try fit.runFolder.savedSteps() == [15, 18])
    let names = try FileManager.default.contentsOfDirectory(
      atPath: fit.runFolder.url.path(percentEncoded: false))
    #expect(
      names.sorted() == [
        ".lock", "checkpoint-00000015", "checkpoint-00000018", "loss.csv", "samples",
      ])
    let rows = try String(contentsOf: fit.runFolder.lossCurve, encoding: .utf8).split(
      separator: "\n")
    #expect(rows[0] == "step,loss,gradient_norm,learning_rate")
    #expect(rows.dropFirst().map { $0.prefix { $0 != "," } } == (1...18).map { "\($0)" })
    let state = try result.checkpoint.readState()
    #expect(state.step == 18 && state.data == "line")
    #expect(state.plan == (try fit.run().plan) && state.smoothedLoss == result.smoothedLoss)
  }

  @Test("a run that is stopped and goes on ends as one that is not", arguments: [3, 5, 8, 19])
  func resumes(stop: Int) throws {
    let whole = LineFit(in: folder)
    let finished = try whole.train()
    let cut = LineFit(in: try TemporaryFolder())
    let stopped = try cut.train(progress: { run, progress in
      if progress.step == stop { run.requestStop() }
    })
    #expect(!stopped.isFinished && stopped.step == stop && stopped.checkpoint.step == stop)
    var steps: [Int] = []
    let resumed = try cut.train(progress: { steps.append($1.step) })
    #expect(steps == Array(stop + 1...20))
    #expect(resumed.smoothedLoss == finished.smoothedLoss)
    #expect(try cut.lastFiles() == whole.lastFiles())
  }

  @Test("a finished run has nothing to do")
  func nothingToDo() throws {
    let fit = LineFit(in: folder)
    _ = try fit.train()
    let before = try fit.files()
    let again = try fit.train(progress: { _, _ in Issue.record("a step was done") })
    #expect(again.isFinished && again.step == 20)
    #expect(try fit.files() == before)
  }

  @Test("samples are drawn when they are due, at the end, and again where a run goes on from one")
  func samples() throws {
    let fit = LineFit(in: folder)
    var steps: [Int] = []
    let sample = { (step: Int, average: WeightSource) in
      #expect(average.names == ["line.bias", "line.weight"])
      steps.append(step)
    }
    _ = try fit.train(
      progress: { if $1.step == 16 { $0.requestStop() } }, sample: sample)
    #expect(steps == [8, 16])
    _ = try fit.train(sample: sample)
    #expect(steps == [8, 16, 16, 20])
  }

  @Test("parts of a batch add up to the gradient of their mean")
  func accumulation() throws {
    let store = ParameterStore(initializing: Generator(seed: 7))
    let network = try store.network { Linear($0 / "line", 2, 1) }
    let start = store.parameters.map { $0.tensor.detached().cloned() }
    let x = Generator(seed: 1).normal([8, 2])
    var results: [[Float]] = []
    for parts in [1, 4] {
      let folder = try TemporaryFolder()
      let plan = try TrainingPlan(
        steps: 3, batchSize: 8, accumulation: parts, learningRate: LearningRate(peak: 0.1),
        clip: nil)
      withoutGradients { store.parameters.map(\.tensor).copyEach(from: start) }
      let run = TrainingRun(plan: plan, folder: RunFolder(folder.url), data: "")
      let result = try train(run, store: store) { step in
        let part = x.narrowed(dim: 0, start: step.part * step.batchSize, length: step.batchSize)
        return (network(part) - 1).power(2).mean()
      }
      #expect(abs(result.smoothedLoss) < 10)
      results.append(store.parameters.flatMap { $0.tensor.values(as: Float.self) })
    }
    for (whole, parts) in zip(results[0], results[1]) { #expect(abs(whole - parts) < 1e-5) }
  }

  @Test("bfloat16 trains nearly as float32 does, and its weights stay float32")
  func bfloat16() throws {
    var fit = LineFit(in: folder)
    let exact = try fit.train().smoothedLoss
    fit.precision = .bf16
    let other = LineFit(in: try TemporaryFolder(), like: fit)
    let result = try other.train()
    #expect(abs(result.smoothedLoss - exact) < 0.02 * exact)
    // Where bfloat16 would be emulated, float32 takes its place.
    #expect((result.smoothedLoss == exact) == !Machine.hasFastBFloat16)
    #expect(try result.average.tensor("line.weight").dtype == .float32)
  }

  @Test("progress tells the step, its learning rate, a mean loss and the time to go")
  func progress() throws {
    var fit = LineFit(in: folder)
    fit.learningRate = LearningRate(peak: 0.01, warmupSteps: 10)
    var all: [TrainingProgress] = []
    _ = try fit.train(progress: { all.append($1) })
    #expect(all.map(\.step) == Array(1...20))
    #expect(all.allSatisfy { $0.steps == 20 })
    #expect(all[4].learningRate == 0.005 && all[19].learningRate == 0.01)
    let mean = all.map(\.loss).reduce(0, +) / 20
    #expect(abs(all[19].smoothedLoss - mean) < 1e-12)
    for progress in all {
      #expect(progress.stepsPerSecond > 0 && progress.gradientNorm > 0)
      #expect(progress.samplesPerSecond == 8 * progress.stepsPerSecond)
      #expect(
        abs(progress.secondsToGo * progress.stepsPerSecond - Double(20 - progress.step)) < 1e-6)
    }
    #expect(all[19].secondsToGo == 0)
  }
}

extension LineFit {
  /// The same thing to train in another folder.
  init(in folder: TemporaryFolder, like other: LineFit) {
    self.init(in: folder)
    precision = other.precision
  }
}
