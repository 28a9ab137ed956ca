// Trains a tiny denoiser, for the tests that kill it. The arguments are the run's folder, the
// number of steps, and an optional limit of a file's size in bytes, which stands for a full disk.
internal import Foundation
internal import Layers
internal import Torch
internal import Training

/// Estimates x0 from points of a circle under noise, at any level.
struct PointDenoiser {
  let inner: Linear
  let outer: Linear

  init(_ scope: Scope) {
    inner = Linear(scope / "inner", 3, 64)
    outer = Linear(scope / "outer", 64, 2)
  }

  func callAsFunction(_ x: Tensor, sigma: Tensor) -> Tensor {
    outer(silu(inner(concatenate(x, sigma, dim: 1))))
  }
}

@main
enum Probe {
  static func main() throws {
    let arguments = CommandLine.arguments
    guard arguments.count >= 3, let steps = Int(arguments[2]) else {
      print("usage: TrainingProbe FOLDER STEPS [LIMIT]")
      exit(64)
    }
    if arguments.count > 3, let limit = UInt(arguments[3]) { limitFileSize(to: limit) }
    Machine.threads = 1
    do {
      try run(RunFolder(URL(filePath: arguments[1])), steps: steps)
    } catch {
      print(error)
      exit(1)
    }
  }

  private static func run(_ folder: RunFolder, steps: Int) throws {
    let plan = try TrainingPlan(
      steps: steps, batchSize: 16, accumulation: 2,
      learningRate: LearningRate(peak: 3e-3, warmupSteps: 20, decay: .cosine(to: 0.1)),
      muon: Muon.Options(scopes: ["outer"]), averageDecay: 0.99, seed: 5, saveEvery: 7,
      sampleEvery: 50)
    let points = circle(100)
    let weights = (0..<100).map { 1 + Double($0 % 3) }
    let sampler = try WeightedSampler(
      weights: weights, batchSize: plan.batchSize, seed: plan.seed)
    let store = ParameterStore(initializing: Generator(seed: plan.seed))
    let network = try store.network { PointDenoiser($0) }
    let run = TrainingRun(plan: plan, folder: folder, data: "circle of 100")
    let result = try train(run, store: store) { step in
      let x0 = points.indexSelected(dim: 0, Tensor(sampler.indices(for: step)))
      let sigma = step.generator.uniform([step.batchSize, 1])
      let x = x0 + sigma * step.generator.normal([step.batchSize, 2])
      return (network(x, sigma: sigma) - x0).power(2).mean()
    } progress: { _ in
    } sample: { step, average in
      let bytes = try average.tensor("outer.bias").withUnsafeBytes { Data($0) }
      try bytes.write(to: folder.samples.appending(path: "\(step).bin"))
    }
    print("done \(result.step)")
  }

  private static func circle(_ count: Int) -> Tensor {
    let angles = Tensor.range(to: count, dtype: .float32) * (2 * Double.pi / Double(count))
    return [angles.cosine(), angles.sine()].stacked(dim: 1)
  }

  /// Lets longer writes fail as they do on a full disk.
  private static func limitFileSize(to limit: UInt) {
    signal(SIGXFSZ, SIG_IGN)
    var limits = rlimit(rlim_cur: limit, rlim_max: limit)
    #if os(Linux)
      let fileSize = __rlimit_resource_t(RLIMIT_FSIZE.rawValue)
    #else
      let fileSize = RLIMIT_FSIZE  // Untested.
    #endif
    guard setrlimit(fileSize, &limits) == 0 else { exit(2) }
  }
}
