internal import Diffusion
internal import Foundation
internal import Layers
internal import Modalities
internal import Models
internal import Torch

/// A model that writes molecules in SMILES, by masked diffusion over pieces of the text.
struct MoleculeModel {
  let network: MoleculeNetwork
  let vocabulary: SMILESVocabulary
  let details: MoleculeModelDetails

  /// How many texts the network sees at once.
  private static let atOnce = 64

  /// What the network is told of the properties that are asked for.
  ///
  /// - Parameters:
  ///   - wanted: The properties by name; those that are not there may be any.
  ///   - count: The number of texts.
  /// - Returns: `[count, 1, channels]`.
  func features(_ wanted: [MoleculeProperty: Double], count: Int) -> Tensor {
    let row = details.properties.map { wanted[$0] }
    return PropertyFeatures(scales: details.scales)([[Double?]](repeating: row, count: count))
  }

  /// Texts, each of its own seed.
  ///
  /// - Parameters:
  ///   - features: What the network is told of each, `[seeds.count, 1, channels]`.
  ///   - seeds: The seed of each text.
  ///   - sampling: How they are made.
  ///   - guidance: How far the properties are to count, as `w` in
  ///     `without + w · (with - without)` of the logarithms; 1 is off.
  ///   - onStep: Called before each step; what it throws ends the run.
  /// - Returns: The texts, not all of which need be of molecules.
  /// - Throws: What `onStep` throws.
  func texts(
    _ features: Tensor, seeds: [UInt64], _ sampling: Unmasking, guidance: Double = 1,
    onStep: () throws -> Void = {}
  ) throws -> [String] {
    try stride(from: 0, to: seeds.count, by: Self.atOnce).flatMap { start in
      let range = start..<min(start + Self.atOnce, seeds.count)
      return try textsAtOnce(
        features.narrowed(dim: 0, start: start, length: range.count),
        seeds[range].map { Generator(seed: $0) }, sampling, guidance, onStep)
    }
  }

  private func textsAtOnce(
    _ features: Tensor, _ generators: [Generator], _ sampling: Unmasking, _ guidance: Double,
    _ onStep: () throws -> Void
  ) throws -> [String] {
    try onStep()
    let lengths = drawnLengths(
      guided(network.lengths(features), guidance) { network.lengths(0 * features) }, generators)
    var texts = [String](repeating: "", count: generators.count)
    for (length, rows) in Dictionary(grouping: lengths.indices, by: { lengths[$0] })
      .sorted(by: { $0.key < $1.key })
    {
      let own = features.indexSelected(dim: 0, Tensor(rows))
      let tokens = try sampling(
        length: length, objective: MoleculeNetwork.objective,
        generators: rows.map { generators[$0] }
      ) { x in
        try onStep()
        return guided(network(x, features: own), guidance) { network(x, features: 0 * own) }
      }.values(as: Int.self)
      for (place, row) in rows.enumerated() {
        texts[row] = vocabulary.text(
          of: tokens[place * length..<(place + 1) * length].map { $0 - 1 })
      }
    }
    return texts
  }

  /// Logits that count what is told `w` times as much as the network does.
  private func guided(_ with: Tensor, _ guidance: Double, _ without: () -> Tensor) -> Tensor {
    guard guidance != 1 else { return with }
    let without = without().logSoftmax(dim: -1)
    return without + guidance * (with.logSoftmax(dim: -1) - without)
  }

  /// A number of pieces for each text, from 1 on, by a number at random of its own.
  private func drawnLengths(_ logits: Tensor, _ generators: [Generator]) -> [Int] {
    let shares = logits.converted(to: .float64).softmax(dim: -1).cumulativeSum(dim: -1)
    let draws = generators.map { $0.uniform([1], dtype: .float64) }.stacked()
    return shares.less(than: draws).converted(to: .int64).sum(dims: [1]).values(as: Int.self)
      .map { min($0 + 1, network.maximum) }
  }
}

extension MoleculeModel {
  /// Reads a model.
  ///
  /// - Throws: ``ModelError`` where the parts do not fit together, or what is wrong with a part.
  init(_ folder: MoleculeModelFolder) throws {
    let path = folder.url.path(percentEncoded: false)
    let part = folder.url.appending(path: "text_model")
    let details = folder.index.about
    let vocabulary = try SMILESVocabulary(contentsOf: part.appending(path: "vocabulary.json"))
    let network: VisualBERT
    do {
      network = try VisualBERT(folder: part)
    } catch let error as LoadingError {
      throw ModelError.weights(folder: path, reason: "\(error)")
    }
    let sizes = network.configuration
    guard (1..<sizes.text.maxPositionEmbeddings).contains(details.maximumPieces) else {
      throw ModelError.mismatch(
        folder: path, expected: "maximum_pieces of 1 to \(sizes.text.maxPositionEmbeddings - 1)",
        found: "\(details.maximumPieces)")
    }
    let tokens = MoleculeNetwork.tokens(
      pieces: vocabulary.pieces.count, maximum: details.maximumPieces)
    for (what, expected, found) in [
      (
        "features of", PropertyFeatures.channels(details.properties.count),
        sizes.visualEmbeddingDim
      ),
      ("a vocabulary of", tokens, sizes.text.vocabSize),
      ("scales of", Set(details.properties).count, details.scales.count),
    ] where expected != found {
      throw ModelError.mismatch(
        folder: path, expected: "a text model with \(what) \(expected)", found: "\(found)")
    }
    self.init(
      network: MoleculeNetwork(
        network: network, pieces: vocabulary.pieces.count, maximum: details.maximumPieces),
      vocabulary: vocabulary, details: details)
  }
}
