internal import Diffusion
internal import Files
public import Foundation
internal import Layers
internal import Modalities
internal import Models
internal import Torch
public import Training

/// Trains a network that writes molecules in SMILES, by masked diffusion over pieces of the text.
///
/// The bound of absorbing diffusion (Sahoo et al. 2024, https://arxiv.org/abs/2406.07524) in the
/// form of `MaskedObjective`. Of some molecules the network is told properties, so that they can be
/// asked for and guided (Ho and Salimans 2022, https://arxiv.org/abs/2207.12598).
public struct MoleculeTraining: RecipeTraining {
  /// What a recipe calls it.
  public static let kind = "molecules"

  /// A folder of `inkwell dataset molecules`.
  public var data: String
  /// What the model makes, in a few words.
  public var summary: String
  /// How many pairs of pieces the vocabulary joins.
  public var joins: Int
  /// The most pieces of a text; molecules with more are left out.
  public var maximumPieces: Int
  /// The layers of the network.
  public var layers: Int
  /// The channels of a token.
  public var channels: Int
  /// The heads of its attention.
  public var heads: Int
  /// The folder of a trained model to start from, whose network has these sizes and whose
  /// vocabulary the data has; new weights if not given.
  public var initial: String?
  /// The share of molecules of which no property is told, in [0, 1].
  public var propertyDropout: Double
  /// What the model divides the logarithms of probabilities by, unless something else is asked
  /// for; 1 if not given.
  public var temperature: Double?
  /// The run.
  public var plan: TrainingPlan

  /// Trains, or goes on with what `folder` has.
  public func run(
    in folder: URL, onStart: (TrainingRun) -> Void, report: (TrainingReport) -> Void
  ) throws {
    try check()
    let set = try MoleculeSet(
      folder: URL(filePath: data), joins: joins, maximum: maximumPieces,
      cache: folder.appending(path: "cache"), report: report)
    let sizes = configuration(set)
    let start = try start(of: VisualBERT.self, sizes, in: "text_model", of: initial)
    try initial.map { try check(vocabularyOf: $0, is: set.vocabulary) }
    var names = ["molecules": set.hash]
    names["initial"] = start?.name
    let identity = try TrainingIdentity(self, hashes: names)
    let run = TrainingRun(plan: plan, folder: RunFolder(folder), data: "\(identity)")
    try run.checkResumable()
    let store = weights(from: start?.weights)
    let network = MoleculeNetwork(
      network: try store.network { VisualBERT($0, sizes) }, pieces: set.vocabulary.pieces.count,
      maximum: maximumPieces)
    let sampler = try WeightedSampler(
      count: set.lengths.count, batchSize: plan.batchSize, seed: plan.seed)
    let pieces = Double(set.lengths.reduce(0, +)) / Double(set.lengths.count)
    report(
      .note(
        "\(set.lengths.count) molecules of \(String(format: "%.1f", pieces)) of "
          + "\(set.vocabulary.pieces.count) pieces"))
    onStart(run)
    try descend(
      run, store, report: report,
      loss: { step in
        let groups = set.groups(
          sampler.indices(for: step), dropout: propertyDropout, step.generator)
        // Nats a piece.
        return groups.reduce(Tensor.zeros([])) { sum, group in
          let share = Double(group.x0.shape[0]) / (Double(step.batchSize) * pieces)
          return sum
            + share
            * network.loss(
              group.x0, features: group.features, lengths: group.lengths, using: step.generator)
        }
      },
      sample: { _, average in
        let model = run.folder.url.appending(path: "model")
        try write(average, set, sizes, to: model)
        try reportValid(try MoleculeModel(MoleculeModelFolder(model)), report)
      })
  }

  private func check() throws(RecipeError) {
    for (key, isRight, expected, found) in [
      ("joins", (0...4000).contains(joins), "0 to 4000", "\(joins)"),
      ("maximumPieces", (1...1000).contains(maximumPieces), "1 to 1000", "\(maximumPieces)"),
      ("layers", layers > 0, "1 or more", "\(layers)"),
      (
        "channels", channels > 0 && heads > 0 && channels.isMultiple(of: max(heads, 1)),
        "a multiple of the heads", "\(channels) of \(heads) heads"
      ),
      (
        "temperature", (0...100).contains(temperature ?? 1), "0 to 100", "\(temperature ?? 1)"
      ),
      ("propertyDropout", (0...1).contains(propertyDropout), "0 to 1", "\(propertyDropout)"),
    ] where !isRight {
      throw .value(key, expected: expected, found: found)
    }
  }

  /// Sees that a model spells with a vocabulary.
  private func check(vocabularyOf model: String, is vocabulary: SMILESVocabulary) throws {
    let file = URL(filePath: model).appending(path: "text_model/vocabulary.json")
    guard try Data(contentsOf: file) == vocabulary.file else {
      throw TrainingDataError.vocabulary(file.path(percentEncoded: false))
    }
  }

  /// The sizes of the network for a set's vocabulary.
  private func configuration(_ set: MoleculeSet) -> VisualBERTConfiguration {
    var text = BERTConfiguration()
    text.vocabSize = MoleculeNetwork.tokens(
      pieces: set.vocabulary.pieces.count, maximum: maximumPieces)
    text.hiddenSize = channels
    text.numHiddenLayers = layers
    text.numAttentionHeads = heads
    text.intermediateSize = 4 * channels
    text.maxPositionEmbeddings = 1 + maximumPieces
    return VisualBERTConfiguration(
      text: text, visualEmbeddingDim: PropertyFeatures.channels(MoleculeSet.properties.count))
  }

  /// Writes the whole model, which `inkwell molecules` runs.
  private func write(
    _ weights: WeightSource, _ set: MoleculeSet, _ sizes: VisualBERTConfiguration, to folder: URL
  ) throws {
    let part = folder.appending(path: "text_model")
    try VisualBERT.write(weights, sizes, to: part)
    try AtomicFile.write(try set.vocabulary.file, to: part.appending(path: "vocabulary.json"))
    let details = MoleculeModelDetails(
      summary: summary, maximumPieces: maximumPieces, properties: MoleculeSet.properties,
      scales: set.scales, sampling: Unmasking(steps: maximumPieces, temperature: temperature ?? 1))
    try AtomicFile.write(
      configurationData(MoleculeModelIndex(details)),
      to: folder.appending(path: ModelFolder.indexFile))
  }

  /// Says how many of some texts are molecules.
  private func reportValid(
    _ model: MoleculeModel, _ report: (TrainingReport) -> Void
  ) throws {
    let count = 128
    let texts = try withoutGradients {
      try model.texts(
        model.features([:], count: count), seeds: (0..<count).map { UInt64($0) },
        model.details.sampling)
    }
    let valid = texts.compactMap { GeneratedMolecule(text: $0, seed: 0).smiles }
    report(
      .note(
        "\(valid.count) of \(count) texts are molecules, \(Set(valid).count) of them different, "
          + "such as \(valid.first ?? texts[0])"))
  }
}
