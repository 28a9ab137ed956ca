internal import Diffusion
public import Foundation
internal import Layers
public import Models
internal import Torch
public import Training

/// Trains a network that says which class a picture is of, clean or noisy.
///
/// A classifier of noisy pictures guides a network that draws them (Dhariwal and Nichol 2021,
/// section 4, https://arxiv.org/abs/2105.05233). The features of one of clean pictures measure how
/// good drawn ones are.
public struct ClassifierTraining: RecipeTraining {
  /// What a recipe calls it.
  public static let kind = "classifier"

  /// A folder of pictures with `metadata.jsonl`, each with a `label`.
  public var data: String
  /// The styles to train on; all if not given.
  public var styles: [String]?
  /// The width and height of the pictures.
  public var side: Int
  /// The width and height of the square of pixels that the network sees as one; 1 if not given.
  public var patchSize: Int?
  /// The sizes of the network, whose output channels are the classes.
  public var network: ADMClassifierConfiguration
  /// How pictures become noise; none for a classifier of clean ones.
  public var process: PixelProcess?
  /// The run.
  public var plan: TrainingPlan

  /// Trains, or goes on with what `folder` has.
  public func run(
    in folder: URL, onStart: (TrainingRun) -> Void, report: (TrainingReport) -> Void
  ) throws {
    let model = PictureClassifier.Description(
      side: side, patchSize: patchSize ?? 1, process: process)
    try model.check(network)
    let noise = try process.map { try Noise($0) }
    let colors = network.trunk.inChannels / (model.patchSize * model.patchSize)
    let set = try PictureSet(
      trainingOn: data, side: side, styles: styles, colors: colors, report: report)
    let labels = try set.labels(classes: network.trunk.outChannels)
    let identity = try TrainingIdentity(self, hashes: ["pictures": set.hash])
    let run = TrainingRun(plan: plan, folder: RunFolder(folder), data: "\(identity)")
    try run.checkResumable()
    let store = weights()
    let classifier = PictureClassifier(
      model, network: try store.network { ADMClassifier($0, network) })
    let sampler = try WeightedSampler(
      weights: set.weights(byGroup: [:]), batchSize: plan.batchSize, seed: plan.seed)
    onStart(run)
    try descend(
      run, store, report: report,
      loss: { step in
        let indices = sampler.indices(for: step)
        let logits = self.logits(of: set.batch(indices), classifier, noise, step.generator)
        return logits.converted(to: .float32).crossEntropy(Tensor(indices.map { labels[$0] }))
      },
      sample: { _, average in
        let folder = run.folder.url.appending(path: "model")
        try PictureClassifier.write(average, network, model, to: folder)
        try reportAccuracy(try PictureClassifier(folder: folder), report)
      })
  }

  /// Which levels of noise there are, and what the network is told of them.
  private struct Noise {
    let levels: any LevelDistribution
    let schedule: any NoiseSchedule

    init(_ process: PixelProcess) throws {
      levels = try process.trainingLevels()
      schedule = try process.schedule()
    }
  }

  private func logits(
    of x: Tensor, _ classifier: PictureClassifier, _ noise: Noise?, _ generator: Generator
  ) -> Tensor {
    guard let noise else { return classifier.logits(x) }
    let levels = noise.levels.levels(x.shape[0], using: generator)
    let noisy = LevelBatch(levels, like: x).noised(x, by: generator.normal(x.shape.sizes))
    let told = Tensor(levels.map { Float(noise.schedule.timestep(at: $0)) })
    return classifier.logits(noisy, timesteps: told)
  }

  /// Says how many of the held-out pictures, without noise, are told right; nothing where none are.
  private func reportAccuracy(
    _ classifier: PictureClassifier, _ report: (TrainingReport) -> Void
  ) throws {
    guard let set = try heldOutPictures(in: data, side: side, styles, colors: classifier.colors)
    else { return }
    let labels = try set.labels(classes: classifier.classes)
    let told = try set.inBatches { classifier.logits($0).argmax(dim: 1) }.values(as: Int.self)
    let right = zip(told, labels).count { $0 == $1 }
    report(.note("\(right) of \(labels.count) held-out pictures are told right"))
  }
}
