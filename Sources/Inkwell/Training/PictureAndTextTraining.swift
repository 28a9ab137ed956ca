internal import Checkpoints
internal import Diffusion
internal import Files
public import Foundation
internal import Layers
internal import Modalities
public import Models
internal import Torch
public import Training

/// Trains one network for pictures of words and words of pictures.
///
/// Bao et al. 2023, https://arxiv.org/abs/2303.06555: picture and text have a timestep each. The
/// latents of the picture are learnt by flow matching, and the tokens of the text by masked
/// diffusion, as Li et al. 2024 do, https://arxiv.org/abs/2501.00289; a text's timestep is the
/// share of its tokens that are hidden. A batch has three parts: pictures of known texts, texts of
/// known pictures, and pairs of which neither is known.
public struct PictureAndTextTraining: RecipeTraining {
  /// What a recipe calls it.
  public static let kind = "picture-and-text"

  /// A folder of pictures with `metadata.jsonl`.
  public var data: String
  /// The styles to train on; all if not given.
  public var styles: [String]?
  /// What is said of a picture.
  public var words: PictureToTextTraining.Words
  /// What the model draws and describes, in a few words.
  public var summary: String
  /// The width and height of the pictures in pixels, 1 or more; as many latents as patches divide.
  public var side: Int
  /// The width and height at which the picture encoder sees them, 32 … 512.
  public var seenSide: Int
  /// In how many framings the picture encoder sees each, 1 … 4.
  public var framings: Int
  /// The folder of a trained autoencoder: `config.json` and its weights.
  public var autoencoder: String
  /// The folder of an EfficientNet-Lite0.
  public var pictureEncoder: String
  /// The folder of the text encoder whose words and their likeness the network begins with.
  public var textEncoder: String
  /// The sizes of the network, but for those that the data and the encoders give.
  public var network: UniDiffuserConfiguration
  /// The folder of a trained model to start from, which knows the same words with a network of the
  /// same sizes; new weights if not given.
  public var initial: String?
  /// How often the pictures of a group are drawn, relative to what the data say: at least 0, and 1
  /// for a group that is not named.
  public var groupWeights: [String: Double]?
  /// The most tokens of a text, its end included; pictures with longer ones are left out.
  public var maximumTokens: Int
  /// The share of a batch whose text is known, and whose picture is learnt.
  public var knownTexts: Double
  /// The share of a batch whose picture is known, and whose text is learnt.
  public var knownPictures: Double
  /// The share of what is known that is left out, in [0, 1], so that the rest can be guided.
  public var dropout: Double
  /// How much the error of texts counts, in nats a token, beside that of pictures; 0 or more.
  public var textWeight: Double
  /// How far the times of pictures are moved toward the noise, above 0; 1 is not at all.
  public var shift: Double
  /// The prompts that are drawn as the run goes on.
  public var samplePrompts: [String]
  /// The run.
  public var plan: TrainingPlan

  /// Trains, or goes on with what `folder` has.
  public func run(
    in folder: URL, onStart: (TrainingRun) -> Void, report: (TrainingReport) -> Void
  ) throws {
    try check()
    let parts = try PairParts(of: self)
    let inputs = try PairData(self, cache: folder.appending(path: "cache"), report: report)
    try checkPrompts(inputs.texts.tokenizer)
    let started = try start(
      of: UniDiffuserTransformer.self, inputs.configuration, in: "unet", of: initial)
    try checkWords(of: inputs.texts.vocabulary)
    var names = inputs.names
    names["initial"] = started?.name
    let identity = try TrainingIdentity(self, hashes: names)
    let run = TrainingRun(plan: plan, folder: RunFolder(folder), data: "\(identity)")
    try run.checkResumable()
    let store = weights(
      from: try started?.weights
        ?? UniDiffuserTransformer.weights(
          inputs.configuration, words: URL(filePath: textEncoder),
          inputs.texts.vocabulary.former, seed: plan.seed))
    let network = try store.network { UniDiffuserTransformer($0, inputs.configuration) }
    let sampler = try WeightedSampler(
      weights: inputs.weights(byGroup: groupWeights ?? [:]), batchSize: plan.batchSize,
      seed: plan.seed)
    let objective = try PairObjective(
      mask: inputs.texts.spelling.mask, shift: shift, parts: parts, dropout: dropout,
      textWeight: textWeight)
    onStart(run)
    try descend(
      run, store, report: report,
      loss: { step in
        let indices = sampler.indices(for: step)
        let rows = Tensor(indices)
        return try objective(
          network,
          latents: inputs.latents.indexSelected(dim: 0, rows),
          wholes: inputs.wholes(indices, step.generator),
          tokens: inputs.texts.tokens.indexSelected(dim: 0, rows), step.generator)
      },
      sample: { step, average in
        let model = run.folder.url.appending(path: "model")
        try write(average, inputs, to: model)
        let loaded = try PairModel(PairModelFolder(model))
        try saveSamples(step, loaded, to: run.folder)
        try reportHeldOut(loaded, report)
      })
  }

  private func check() throws(RecipeError) {
    try PictureRecipeChecks(
      side: side, seenSide: seenSide, framings: framings, maximumTokens: maximumTokens)([
        ("textWeight", textWeight >= 0 && textWeight.isFinite, "0 or more", "\(textWeight)"),
        (
          "network.use_data_type_embedding", !network.usesDataType, "false",
          "\(network.usesDataType)"
        ),
      ])
  }

  /// Refuses prompts that the model could not be asked for, before it is trained for hours.
  private func checkPrompts(_ tokenizer: WordPieceTokenizer) throws(RecipeError) {
    let unknown = samplePrompts.flatMap { tokenizer.unreadable(in: $0) }
    guard unknown.isEmpty else {
      throw .value(
        "samplePrompts", expected: "words of the texts to train on",
        found: unknown.joined(separator: ", "))
    }
  }

  /// Refuses a model to start from that knows other words.
  private func checkWords(of vocabulary: WordPieceSubset) throws {
    guard let initial else { return }
    let file = URL(filePath: initial).appending(path: "tokenizer/tokenizer.json")
    guard try Data(contentsOf: file) == vocabulary.file else {
      throw TrainingDataError.vocabulary(file.path(percentEncoded: false))
    }
  }

  /// Writes the whole model, which `inkwell generate` and `inkwell caption` run.
  private func write(_ weights: WeightSource, _ inputs: PairData, to folder: URL) throws {
    try UniDiffuserTransformer.write(
      weights, inputs.configuration, to: folder.appending(path: "unet"))
    try PairModelFolder.copy(
      [
        "vae": URL(filePath: autoencoder), "picture_encoder": URL(filePath: pictureEncoder),
      ], into: folder)
    func put(_ data: Data, _ path: String) throws {
      let file = folder.appending(path: path)
      try Folder.make(file.deletingLastPathComponent())
      try AtomicFile.write(data, to: file)
    }
    try put(inputs.texts.vocabulary.file, "tokenizer/tokenizer.json")
    try put(configurationData(FlowScheduler(shift: shift)), ModelFolder.schedulerFile)
    let details = PairModelDetails(
      summary: summary, seenSide: seenSide, styles: styles, settings: SamplingSettings(),
      sampling: Unmasking(steps: maximumTokens))
    try put(configurationData(PairModelIndex(details)), ModelFolder.indexFile)
  }

  private func saveSamples(_ step: Int, _ model: PairModel, to run: RunFolder) throws {
    try model.sheet(of: samplePrompts, side: side)
      .save(to: run.samples.appending(path: String(format: "%07d.png", step)))
  }

  /// Says how many of some held-out pictures are called what they are; nothing where none are.
  private func reportHeldOut(_ model: PairModel, _ report: (TrainingReport) -> Void) throws {
    try reportHeldOutNames(
      said: { try model.captions.likeliest($0, $1) }, words, in: data, side: side, styles, report)
  }
}
