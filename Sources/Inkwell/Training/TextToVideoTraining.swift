internal import Diffusion
public import Foundation
internal import Layers
internal import Modalities
public import Models
internal import Torch
public import Training

/// Trains a transformer that makes the latents of clips from captions, and from pictures of them.
///
/// The objective is that of ``TextToImageTraining`` over the latents of clips. The transformer is
/// shown some of the clip's pictures, which ones at random, so that one network makes clips of
/// words, of a picture, of both ends, and goes on with a clip (``KnownFrames``).
public struct TextToVideoTraining: RecipeTraining {
  /// What a recipe calls it.
  public static let kind = "text-to-video"

  /// A folder of clips with `metadata.jsonl`.
  public var data: String
  /// The width and height of the clips.
  public var side: Int
  /// The number of frames of a clip: one and groups of the autoencoder's.
  public var frames: Int
  /// The folder of a trained autoencoder: `config.json` and its weights.
  public var autoencoder: String
  /// The folder of a text encoder: `config.json`, `tokenizer.json` and its weights.
  public var textEncoder: String
  /// The sizes of the transformer.
  public var transformer: WanTransformerConfiguration
  /// The folder of a trained transformer of these sizes to start from; new weights if not given.
  public var initial: String?
  /// Where captions are cut, and what they are filled up to.
  public var maximumTokens: Int
  /// The share of clips that are shown without their caption, in [0, 1].
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
    report(.note("reading the clips of \(data)"))
    let set = try ClipSet(folder: URL(filePath: data), frames: frames, side: side, split: "train")
    let start = try start(of: WanTransformer.self, transformer, in: "", of: initial)
    var names = try names(of: set)
    names["initial"] = start?.name
    let identity = try TrainingIdentity(self, hashes: names)
    let run = TrainingRun(plan: plan, folder: RunFolder(folder), data: "\(identity)")
    try run.checkResumable()
    let inputs = try ClipLatents(
      set, for: self, named: names, cache: folder.appending(path: "cache"), report: report)
    let store = weights(from: start?.weights)
    let network = try store.network { WanTransformer($0, transformer) }
    let sampler = try WeightedSampler(
      weights: set.weights(byGroup: [:]), batchSize: plan.batchSize, seed: plan.seed)
    let schedule = try FlowSchedule(shift: shift)
    onStart(run)
    try descend(
      run, store, report: report,
      loss: { step in
        try loss(of: network, inputs, sampler.indices(for: step), schedule, step.generator)
      },
      sample: { step, average in
        try WanTransformer.write(
          average, transformer, to: run.folder.url.appending(path: "transformer"))
        try saveSamples(step, inputs.model(average), to: run.folder)
      })
  }

  /// What names the contents of all files that the training reads; the sizes must fit together.
  private func names(of set: ClipSet) throws -> [String: String] {
    let vae = URL(filePath: autoencoder)
    let encoder = URL(filePath: textEncoder)
    let sizes: WanAutoencoderConfiguration = try readConfiguration(
      from: vae.appending(path: "config.json"))
    for (what, expected, found) in [
      ("transformer.in_channels", 2 * sizes.zDim + 1, transformer.inChannels),
      ("transformer.out_channels", sizes.zDim, transformer.outChannels),
    ] where expected != found {
      throw TrainingError.invalid(what: what, expected: "\(expected)", found: "\(found)")
    }
    guard frames > 2, frames % sizes.timeReduction == 1 % sizes.timeReduction else {
      throw TrainingError.invalid(
        what: "frames", expected: "one and groups of \(sizes.timeReduction)", found: "\(frames)")
    }
    return [
      "clips": set.hash,
      "autoencoder": try TrainingIdentity.hash(of: WanAutoencoder.files(in: vae)),
      "textEncoder": try TrainingIdentity.hash(of: TextEncoder.files(in: encoder)),
    ]
  }

  private func loss(
    of network: WanTransformer, _ inputs: ClipLatents, _ indices: [Int],
    _ schedule: FlowSchedule, _ generator: Generator
  ) throws -> Tensor {
    let text = inputs.states(
      of: inputs.set.drawnCaptions(indices, dropout: captionDropout, generator))
    let (x0, pictures) = inputs.batch(indices)
    let draws = generator.uniform([2, indices.count]).values(as: Double.self)
    let known = KnownFrames(
      pictures,
      known: indices.indices.map {
        KnownFrames.drawn(of: x0.shape[2], (draws[$0], draws[indices.count + $0]))
      })
    let epsilon = generator.normal(x0.shape.sizes)
    let levels = FlowTimes(schedule).levels(indices.count, using: generator)
    return try DenoisingObjective(.velocity, schedule: schedule)(
      x0: x0, epsilon: epsilon, levels: levels
    ) { x, timesteps in
      network(known.behind(x), timestep: timesteps, prompt: network.prompt(text))
        .converted(to: .float32)
    }
  }

  private func saveSamples(_ step: Int, _ model: TextToVideoModel, to run: RunFolder) throws {
    let clips = try samplePrompts.enumerated().map { index, prompt in
      try model.frames(
        TextToVideoModel.Plan(
          prompt: prompt, known: KnownFrames(noneOf: model.latentShape),
          settings: SamplingSettings(), seed: UInt64(index)))
    }
    guard !clips.isEmpty else { return }
    let sheet = try sheet(of: clips.concatenated(dim: 0), columns: frames)
    try sheet.save(to: run.samples.appending(path: String(format: "%07d.png", step)))
  }
}
