internal import Diffusion
public import Foundation
internal import Layers
internal import Modalities
public import Models
internal import Torch
public import Training

/// Trains a transformer that makes the latents of pictures from captions.
///
/// The objective is conditional flow matching in the latent space of a trained autoencoder, with
/// times drawn most often from the middle (Esser et al. 2024, equations 13 and 19,
/// https://arxiv.org/abs/2403.03206); some captions are left out, so that prompts can be guided
/// (Ho and Salimans 2022, algorithm 1, https://arxiv.org/abs/2207.12598).
public struct TextToImageTraining: RecipeTraining {
  /// What a recipe calls it.
  public static let kind = "text-to-image"

  /// A folder of pictures with `metadata.jsonl`.
  public var data: String
  /// The styles to train on; all if not given.
  public var styles: [String]?
  /// The width and height of the pictures.
  public var side: Int
  /// The folder of a trained autoencoder: `config.json` and its weights.
  public var autoencoder: String
  /// The folder of a text encoder: `config.json`, `tokenizer.json` and its weights.
  public var textEncoder: String
  /// The sizes of the transformer.
  public var transformer: PixArtConfiguration
  /// The folder of a trained transformer of these sizes to start from; new weights if not given.
  public var initial: String?
  /// How often the pictures of a group are drawn, relative to what the data say: at least 0, and 1
  /// for a group that is not named.
  public var groupWeights: [String: Double]?
  /// Where captions are cut.
  public var maximumTokens: Int
  /// The share of pictures that are shown without their caption, in [0, 1].
  public var captionDropout: Double
  /// How far the times are moved toward the noise; 1 is not at all.
  public var shift: Double
  /// The prompts that are drawn as the run goes on.
  public var samplePrompts: [String]
  /// The run.
  public var plan: TrainingPlan

  /// Trains, or goes on with what `folder` has.
  public func run(
    in folder: URL, onStart: (TrainingRun) -> Void, report: (TrainingReport) -> Void
  ) throws {
    let set = try PictureSet(trainingOn: data, side: side, styles: styles, report: report)
    let names = try LatentData.Names(set, for: self)
    let initial = try initial.map {
      try PixArtTransformer.weightsToTrain(folder: URL(filePath: $0), transformer)
    }
    let identity = try TrainingIdentity(self, hashes: names.byWord)
    let run = TrainingRun(plan: plan, folder: RunFolder(folder), data: "\(identity)")
    try run.checkResumable()
    let inputs = try LatentData(
      set, for: self, named: names, cache: folder.appending(path: "cache"), report: report)
    let store = weights(from: initial)
    let network = try store.network { PixArtTransformer($0, transformer) }
    let sampler = try WeightedSampler(
      weights: set.weights(byGroup: groupWeights ?? [:]), batchSize: plan.batchSize, seed: plan.seed
    )
    let schedule = try FlowSchedule(shift: shift)
    onStart(run)
    try descend(
      run, store, report: report,
      loss: { step in
        try loss(of: network, inputs, sampler.indices(for: step), schedule, step.generator)
      },
      sample: { step, average in
        try PixArtTransformer.write(
          average, transformer, to: run.folder.url.appending(path: "transformer"))
        try saveSamples(step, inputs.model(average), to: run.folder)
      })
  }

  private func loss(
    of network: PixArtTransformer, _ inputs: LatentData, _ indices: [Int],
    _ schedule: FlowSchedule, _ generator: Generator
  ) throws -> Tensor {
    let text = inputs.captions.batch(
      inputs.set.drawnCaptions(indices, dropout: captionDropout, generator))
    let x0 = inputs.latents.indexSelected(dim: 0, Tensor(indices))
    let epsilon = generator.normal(x0.shape.sizes)
    let levels = FlowTimes(schedule).levels(indices.count, using: generator)
    return try DenoisingObjective(.velocity, schedule: schedule)(
      x0: x0, epsilon: epsilon, levels: levels
    ) { x, timesteps in
      network(x, timestep: timesteps, text: text.states, mask: text.mask)
        .converted(to: .float32)
    }
  }

  private func saveSamples(_ step: Int, _ model: TextToImageModel, to run: RunFolder) throws {
    try model.sheet(of: samplePrompts, side: side)
      .save(to: run.samples.appending(path: String(format: "%07d.png", step)))
  }
}
