import Foundation
import Layers
import TestSupport
import Testing
import Torch
import Training

/// A small thing to train: a linear layer that learns the sum of its inputs from noisy points.
struct LineFit {
  let folder: TemporaryFolder
  var steps = 20
  var batchSize = 8
  var accumulation = 1
  var learningRate = LearningRate(peak: 0.01)
  var muon: Muon.Options?
  var clip: Double? = 1
  var precision = TrainingPlan.Precision.fp32
  var seed: UInt64 = 1
  var saveEvery = 5
  var sampleEvery = 8
  var data = "line"
  var inputs = 3

  init(in folder: TemporaryFolder) {
    self.folder = folder
  }

  var runFolder: RunFolder { RunFolder(folder.file("run")) }

  func run() throws -> TrainingRun {
    let plan = try TrainingPlan(
      steps: steps, batchSize: batchSize, accumulation: accumulation, learningRate: learningRate,
      muon: muon, clip: clip, precision: precision, seed: seed, saveEvery: saveEvery,
      sampleEvery: sampleEvery)
    return TrainingRun(plan: plan, folder: runFolder, data: data)
  }

  /// Trains from a fresh network: `scale` multiplies a step's loss, `progress` can stop the run.
  func train(
    scale: (Int) -> Double = { _ in 1 },
    progress: (TrainingRun, TrainingProgress) -> Void = { _, _ in },
    sample: (Int, WeightSource) throws -> Void = { _, _ in }
  ) throws -> TrainingResult {
    let run = try run()
    let store = ParameterStore(initializing: Generator(seed: 7))
    let network = try store.network { Linear($0 / "line", inputs, 1) }
    return try Training.train(run, store: store) { step in
      let x = step.generator.normal([step.batchSize, inputs])
      let y = x.sum(dims: [1], keepingDims: true)
      return (network(x) - y).power(2).mean() * scale(step.number)
    } progress: {
      progress(run, $0)
    } sample: {
      try sample($0, $1)
    }
  }

  /// The error's text, if training throws one.
  func failure(scale: (Int) -> Double = { _ in 1 }) -> String? {
    do {
      _ = try train(scale: scale)
      return nil
    } catch {
      return "\(error)"
    }
  }

  /// The curve and the tensors of the last checkpoint, by path.
  func lastFiles() throws -> [String: Data] {
    let last = try runFolder.checkpoints().last?.url.lastPathComponent ?? ""
    return try files().filter { $0.key == "loss.csv" || $0.key.hasPrefix(last) }
  }

  /// The curve and the tensors of the checkpoints, by path.
  func files() throws -> [String: Data] {
    var files = ["loss.csv": try Data(contentsOf: runFolder.lossCurve)]
    for checkpoint in try runFolder.checkpoints() {
      for url in [checkpoint.weights, checkpoint.average, checkpoint.optimizer] {
        files["\(checkpoint.url.lastPathComponent)/\(url.lastPathComponent)"] = try Data(
          contentsOf: url)
      }
    }
    return files
  }
}

extension RunFolder {
  /// The steps of the complete checkpoints.
  func savedSteps() throws -> [Int] { try checkpoints().map(\.step) }
}
