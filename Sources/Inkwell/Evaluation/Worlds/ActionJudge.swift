internal import Files
internal import Foundation
internal import Layers
internal import Torch
internal import Training

/// A small network that says what the driver did, from the frames before and after.
struct ActionJudge {
  private let convolutions: [Conv2d]
  private let norms: [GroupNorm]
  private let output: Linear

  /// The channels of each convolution, which halves the picture's sides.
  private static let channels = [32, 64, 64]
  /// The moments of a step of its training.
  private static let batchSize = 64

  /// A judge of frames with sides of a multiple of eight.
  init(_ scope: Scope, side: Int, actions: Int) {
    let inputs = [3 * DriveLesson.seen] + Self.channels.dropLast()
    convolutions = zip(inputs, Self.channels).enumerated().map { index, sizes in
      Conv2d(
        scope / "convolutions" / index, sizes.0, sizes.1, kernel: 3, stride: 2, padding: 1)
    }
    norms = Self.channels.enumerated().map { index, channels in
      GroupNorm(scope / "norms" / index, channels, groups: 8)
    }
    // Where the car is says whether it went left or right, so places are kept apart.
    let places = (side / 8) * (side / 8)
    output = Linear(scope / "output", Self.channels[2] * places, actions)
  }

  /// - Parameter clips: The frames of moments, `[batch, seen, 3, side, side]`.
  /// - Returns: Logits, `[batch, actions]`.
  func callAsFunction(_ clips: Tensor) -> Tensor {
    let before = clips.narrowed(dim: 1, start: 0, length: clips.shape[1] - 1)
    let after = clips.narrowed(dim: 1, start: 1, length: clips.shape[1] - 1)
    // The first frame, and what changes from each to the next.
    let first = clips.narrowed(dim: 1, start: 0, length: 1)
    let x = [first, after - before].concatenated(dim: 1).flattened(from: 1, to: 2)
    let h = zip(convolutions, norms).reduce(x) { $1.1.silu($1.0($0)) }
    return output(h.reshaped(h.shape[0], -1))
  }

  /// A judge that learns from a lesson, in which all of its actions come up as often.
  ///
  /// - Parameters:
  ///   - lesson: At least one moment.
  ///   - actions: The number of actions.
  ///   - steps: The steps of its training.
  ///   - stop: Ends it with a `CancellationError`.
  /// - Returns: The judge.
  /// - Throws: What training throws.
  static func taught(
    by lesson: DriveLesson, actions: Int, steps: Int, until stop: StopSignal
  ) throws -> ActionJudge {
    let plan = try TrainingPlan(
      steps: steps, batchSize: batchSize,
      learningRate: LearningRate(
        peak: 2e-3, warmupSteps: min(50, steps / 10), decay: .cosine(to: 0)),
      optimizer: AdamW.Options(weightDecay: 0.05), averageDecay: 0.98, seed: 1, saveEvery: steps,
      sampleEvery: steps)
    let side = lesson.frames.shape[3]
    let store = ParameterStore(initializing: Generator(seed: plan.seed))
    let judge = try store.network { ActionJudge($0, side: side, actions: actions) }
    let counts = Dictionary(grouping: lesson.moments, by: \.action).mapValues(\.count)
    let sampler = try WeightedSampler(
      weights: lesson.moments.map { 1 / Double(counts[$0.action] ?? 1) }, batchSize: batchSize,
      seed: plan.seed)
    let folder = FileManager.default.temporaryDirectory
      .appending(path: "inkwell-judge-\(UUID().uuidString)", directoryHint: .isDirectory)
    defer { Folder.discard(folder) }
    let result = try train(
      TrainingRun(plan: plan, folder: RunFolder(folder), data: "moments"), store: store,
      loss: { step in
        try stop.check()
        let indices = sampler.indices(for: step)
        return judge(lesson.clips(indices))
          .crossEntropy(Tensor(indices.map { lesson.moments[$0].action }))
      })
    return try ParameterStore(loading: result.average).network {
      ActionJudge($0, side: side, actions: actions)
    }
  }

  /// What it says was done in each moment of a lesson.
  func said(of lesson: DriveLesson) throws -> [Int] {
    try stride(from: 0, to: lesson.moments.count, by: 256).flatMap { start in
      let indices = Array(start..<min(start + 256, lesson.moments.count))
      return try checked {
        withoutGradients { self(lesson.clips(indices)).argmax(dim: 1).values(as: Int.self) }
      }
    }
  }
}
