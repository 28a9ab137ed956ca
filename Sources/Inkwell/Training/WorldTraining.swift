internal import Diffusion
public import Foundation
internal import Layers
internal import Modalities
public import Models
internal import Torch
public import Training

/// Trains a model of a world on drives: the next frame from those before it and from an action.
///
/// The objective is EDM's, as DIAMOND has it (Alonso et al. 2024, section 3.1,
/// https://arxiv.org/abs/2405.12399). The past frames get noise of their own, so that the model
/// can go on from its own frames, which are not as clean as those of the simulator (Valevski et al.
/// 2024, https://arxiv.org/abs/2408.14837; here the network is not told how much).
public struct WorldTraining: RecipeTraining {
  /// What a recipe calls it.
  public static let kind = "world"

  /// A folder that `inkwell synthesize` filled.
  public var data: String
  /// The frames before the next one that the network sees.
  public var pastFrames: Int
  /// The width and height of the square of pixels that the network sees as one.
  public var patchSize: Int
  /// The sizes of the network, whose classes are the actions.
  public var network: ADMConfiguration
  /// The folder of a trained model to start from, whose network has these sizes; new weights if not
  /// given.
  public var initial: String?
  /// The most noise that past frames get; how much is drawn for each sample.
  public var pastNoise: Double
  /// The mean of `ln(sigma)`.
  public var levelMean: Double
  /// The standard deviation of `ln(sigma)`.
  public var levelDeviation: Double
  /// The run.
  public var plan: TrainingPlan

  /// Trains, or goes on with what `folder` has.
  public func run(
    in folder: URL, onStart: (TrainingRun) -> Void, report: (TrainingReport) -> Void
  ) throws {
    try check()
    report(.note("reading the drives of \(data)"))
    let set = try EpisodeSet(folder: URL(filePath: data), split: "train")
    try require(
      set.length > pastFrames, "pastFrames", "less than the \(set.length) frames of a drive",
      pastFrames)
    let about = details(side: set.side)
    let start = try start(of: ADMUNet.self, network, in: "unet", of: initial)
    var names = ["drives": set.hash]
    names["initial"] = start?.name
    let identity = try TrainingIdentity(self, hashes: names)
    let run = TrainingRun(plan: plan, folder: RunFolder(folder), data: "\(identity)")
    try run.checkResumable()
    let store = weights(from: start?.weights)
    let unet = try store.network { ADMUNet($0, network) }
    _ = try WorldModel(unet, about: about, place: "network")
    let sampler = try WeightedSampler(
      count: set.count(past: pastFrames), batchSize: plan.batchSize, seed: plan.seed)
    onStart(run)
    try descend(
      run, store, report: report,
      loss: { step in
        try loss(of: unet, set, sampler.indices(for: step), step.generator)
      },
      sample: { step, average in
        let model = try WorldModel(
          WorldModel.write(
            average, network, about: about, to: run.folder.url.appending(path: "model")))
        try saveSamples(step, model, set, to: run.folder)
      })
  }

  private func check() throws {
    try require((1...64).contains(pastFrames), "pastFrames", "1 to 64", pastFrames)
    try require((1...16).contains(patchSize), "patchSize", "1 to 16", patchSize)
    try require((0...1).contains(pastNoise), "pastNoise", "0 to 1", pastNoise)
    try require(levelMean.isFinite, "levelMean", "a number", levelMean)
    try require(
      levelDeviation > 0 && levelDeviation.isFinite, "levelDeviation", "a number above 0",
      levelDeviation)
  }

  private func details(side: Int) -> WorldModelDetails {
    WorldModelDetails(
      summary: "drives on a street seen from above", side: side, frameRate: StreetFilm.rate,
      pastFrames: pastFrames, patchSize: patchSize, actions: StreetAction.allCases.map(\.rawValue),
      sigmaMax: 5, steps: 8)
  }

  private func loss(
    of unet: ADMUNet, _ set: EpisodeSet, _ indices: [Int], _ generator: Generator
  ) throws -> Tensor {
    let space = PictureSpace(colors: 3, patchSize: patchSize, autoencoder: nil)
    let targets = indices.map { set.target($0, past: pastFrames) }
    let x0 = space.encoded(set.frames(targets.map(\.frame)))
    let before = targets.flatMap { target in
      (target.frame - pastFrames..<target.frame).map { $0 }
    }
    let past = space.encoded(set.frames(before))
      .reshaped(indices.count, pastFrames * space.channels, x0.shape[2], x0.shape[3])
    let share = generator.uniform([indices.count, 1, 1, 1]) * pastNoise
    let noisy = past + share * generator.normal(past.shape.sizes)
    let epsilon = generator.normal(x0.shape.sizes)
    let levels = LogNormalSigmas(mean: levelMean, deviation: levelDeviation)
      .levels(indices.count, using: generator)
    return try WorldModel.preconditioning.loss(
      x0: x0, epsilon: epsilon, sigmas: levels.map(\.sigma),
      network: WorldModel.network(unet, past: noisy, actions: Tensor(targets.map(\.action)))
    ).mean()
  }

  /// Drives of the data, and below each what the model makes of its first frames and its actions.
  private func saveSamples(
    _ step: Int, _ model: WorldModel, _ set: EpisodeSet, to run: RunFolder
  ) throws {
    let columns = min(set.length, 24)
    var rows: [Tensor] = []
    for drive in 0..<min(4, set.labels.count) {
      let real = set.frames((0..<columns).map { drive * set.length + $0 })
      var rollout = WorldRollout(
        model, start: real.narrowed(dim: 0, start: 0, length: pastFrames), seed: 0)
      for action in set.labels[drive].actions[(pastFrames - 1)..<max(columns - 1, pastFrames - 1)] {
        try rollout.step(action.number)
      }
      rows += [real, rollout.frames]
    }
    try sheet(of: rows.concatenated(dim: 0), columns: columns)
      .save(to: run.samples.appending(path: String(format: "%07d.png", step)))
  }
}
