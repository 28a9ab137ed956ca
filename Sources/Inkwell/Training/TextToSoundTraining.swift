internal import Diffusion
public import Foundation
internal import Layers
internal import Modalities
public import Models
internal import Torch
public import Training

/// Trains a transformer that makes the latents of sounds from captions and lengths.
///
/// The objective is that of velocities (Salimans and Ho 2022, appendix D,
/// https://arxiv.org/abs/2202.00512) at angles that are drawn equally often, in the latent space of
/// a trained autoencoder, as Stable Audio has it (Evans et al. 2024,
/// https://arxiv.org/abs/2407.14358). Some captions are left out, so that prompts can be guided,
/// and some sounds end early, so that lengths have a meaning.
///
/// Where the clips' melodies are there by other performers, the network can see their latents
/// beside the noisy ones, as InstructPix2Pix sees the picture that it edits (Brooks et al. 2023,
/// https://arxiv.org/abs/2211.09800), so that what is sung or played can be played by another
/// instrument.
public struct TextToSoundTraining: RecipeTraining {
  /// What a recipe calls it.
  public static let kind = "text-to-sound"

  /// A folder of sound files with `metadata.jsonl`.
  public var data: String
  /// The frames of a clip; longer ones are cut.
  public var clipFrames: Int
  /// What the model makes, in a few words.
  public var summary: String
  /// The folder of a trained autoencoder: `config.json` and its weights.
  public var autoencoder: String
  /// The folder of a text encoder: `config.json`, `tokenizer.json` and its weights.
  public var textEncoder: String
  /// The sizes of the transformer.
  public var transformer: StableAudioConfiguration
  /// The sizes of what prepares prompts and lengths for it.
  public var projection: StableAudioProjectionConfiguration
  /// The folder of a trained model to start from, whose `transformer` and `projection_model` have
  /// these sizes, or follow no melodies yet; new weights if not given.
  public var initial: String?
  /// Where captions are cut.
  public var maximumTokens: Int
  /// The share of sounds that are heard without their caption, in [0, 1].
  public var captionDropout: Double
  /// The share of sounds whose melody is not seen, more than 0 and less than 1, of a model that
  /// follows melodies; one that does not if not given.
  public var melodyDropout: Double?
  /// The share of sounds that end early, after at least a quarter, in [0, 1].
  public var shortShare: Double
  /// The prompts of which sounds are made as the run goes on.
  public var samplePrompts: [String]
  /// The run.
  public var plan: TrainingPlan

  /// Trains, or goes on with what `folder` has.
  public func run(
    in folder: URL, onStart: (TrainingRun) -> Void, report: (TrainingReport) -> Void
  ) throws {
    let start = try start()
    let inputs = try SoundLatents(
      for: self, cache: folder.appending(path: "cache"), report: report)
    var names = inputs.names
    names["initial"] = start?.name
    let identity = try TrainingIdentity(self, hashes: names)
    let run = TrainingRun(plan: plan, folder: RunFolder(folder), data: "\(identity)")
    try run.checkResumable()
    let store = weights(from: start?.weights)
    let network = try store.network { TextToSoundNetwork($0, self) }
    let sampler = try WeightedSampler(
      weights: inputs.records.map { $0.weight ?? 1 }, batchSize: plan.batchSize,
      seed: plan.seed)
    onStart(run)
    try descend(
      run, store, report: report,
      loss: { step in
        try loss(of: network, inputs, sampler.indices(for: step), step.generator)
      },
      sample: { step, average in
        try write(average, to: run.folder.url.appending(path: "model"))
        try saveSamples(step, inputs.model(average), inputs, to: run.folder)
      })
  }

  /// The weights of the networks of a trained model to start from, and what names them.
  private func start() throws -> (weights: WeightSource, name: String)? {
    let former = try sizes(of: initial)
    guard
      let first = try start(
        of: StableAudioTransformer.self, former, in: "transformer", of: initial),
      let second = try start(
        of: StableAudioProjection.self, projection, in: "projection_model", of: initial)
    else { return nil }
    func shapes(_ inputs: Int) -> [String: [Int]] {
      [
        "preprocess_conv.weight": [inputs, inputs, 1],
        "proj_in.weight": [transformer.channels, inputs],
      ]
    }
    let widened = first.weights.padded(
      to: shapes(transformer.inChannels), from: shapes(former.inChannels))
    return (
      WeightSource(networks: ["transformer": widened, "projection_model": second.weights]),
      "\(first.name) \(second.name)"
    )
  }

  /// The sizes that a model to start from must have: those of the recipe, but for a melody's
  /// channels where it does not see one.
  private func sizes(of model: String?) throws -> StableAudioConfiguration {
    guard let model, melodyDropout != nil else { return transformer }
    let file = URL(filePath: model).appending(path: "transformer/config.json")
    let given: StableAudioConfiguration = try readConfiguration(from: file)
    var sizes = transformer
    if given.inChannels == transformer.outChannels { sizes.inChannels = given.inChannels }
    return sizes
  }

  private func loss(
    of network: TextToSoundNetwork, _ inputs: SoundLatents, _ indices: [Int],
    _ generator: Generator
  ) throws -> Tensor {
    let draws = CaptionDraw(dropout: captionDropout)
    let captions = draws.captions(indices.map { inputs.records[$0] }, generator)
    let text = inputs.captions.batch(captions.map { $0 ?? "" })
    let batch = inputs.batch(indices, generator)
    let x0 = batch.x0
    let epsilon = generator.normal(x0.shape.sizes)
    let schedule = TextToSoundModel.trainedSchedule
    let levels = generator.uniform([indices.count], dtype: .float64).values(as: Double.self)
      .map { schedule.level(at: $0) }
    let kept = Tensor(captions.map { Float($0 == nil ? 0 : 1) }, shape: [indices.count, 1, 1])
    let conditions = network.projection.conditions(
      states: text.states, mask: text.mask, start: Tensor.zeros([indices.count]),
      end: Tensor(batch.seconds))
    return try DenoisingObjective(.v, schedule: schedule)(
      x0: x0, epsilon: epsilon, levels: levels
    ) { x, timesteps in
      let prompt = network.transformer.prompt(conditions.text * kept, global: conditions.global)
      let seen = batch.melody.map { concatenate(x, $0, dim: 1) } ?? x
      return network.transformer(seen, timestep: timesteps, prompt: prompt)
        .converted(to: .float32)
    }
  }

  /// Writes the whole model, which `inkwell music` runs.
  private func write(_ weights: WeightSource, to folder: URL) throws {
    try StableAudioTransformer.write(
      weights.within("transformer"), transformer, to: folder.appending(path: "transformer"))
    try StableAudioProjection.write(
      weights.within("projection_model"), projection,
      to: folder.appending(path: "projection_model"))
    try SoundModelFolder.complete(
      SoundModelIndex.About(summary: summary, maximumTokens: maximumTokens),
      schedule: TextToSoundModel.trainedSchedule, autoencoder: URL(filePath: autoencoder),
      textEncoder: URL(filePath: textEncoder), in: folder)
  }

  /// Writes a sound of each prompt, and one that plays the melody of a clip.
  private func saveSamples(
    _ step: Int, _ model: TextToSoundModel, _ inputs: SoundLatents, to run: RunFolder
  ) throws {
    for (number, prompt) in samplePrompts.enumerated() {
      let melody = inputs.melody(number)
      for (kind, followed) in [("", nil), ("-melody", melody)] where kind.isEmpty || melody != nil {
        let drawing = TextToSoundModel.Drawing(
          prompt: prompt, seed: UInt64(number), settings: SoundModelDetails.sounds,
          melody: followed)
        let sound = try model.sound(model.latents(drawing), seconds: model.longest)
        let name = String(format: "%07d-%d", step, number) + "\(kind).flac"
        try sound.save(to: run.samples.appending(path: name))
      }
    }
  }
}

/// What is trained: the transformer, and what prepares its conditions.
struct TextToSoundNetwork {
  let projection: StableAudioProjection
  let transformer: StableAudioTransformer
}

extension TextToSoundNetwork {
  /// Networks with the weights below `scope`, each under its folder's name.
  init(_ scope: Scope, _ training: TextToSoundTraining) {
    projection = StableAudioProjection(scope / "projection_model", training.projection)
    transformer = StableAudioTransformer(scope / "transformer", training.transformer)
  }
}
