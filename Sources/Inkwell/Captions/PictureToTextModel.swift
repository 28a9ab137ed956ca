internal import Diffusion
internal import Foundation
internal import Layers
internal import Modalities
internal import Models
internal import Torch

/// A model that says what a picture shows, by masked diffusion over the tokens of its caption.
struct PictureToTextModel {
  let network: any CaptionNetwork
  /// What a picture encoder sees at each place.
  let views: PictureViews
  let spelling: WordPieceSpelling
  let details: CaptionModelDetails

  /// The objective that the network was trained with.
  var objective: MaskedObjective { MaskedObjective(mask: spelling.mask) }

  /// What the network sees of pictures.
  ///
  /// - Parameter pictures: `[batch, 3, side, side]`, `uint8`.
  /// - Returns: `[batch, …]`, float32.
  func features(_ pictures: Tensor) -> Tensor { network.features(pictures) }

  /// Captions, each of its own seed.
  ///
  /// - Parameters:
  ///   - features: What is seen of each caption's picture, `[captions, …]`.
  ///   - seeds: The seed of each caption.
  ///   - sampling: How they are made.
  ///   - guidance: How far the picture is to count, as `w` in
  ///     `without + w · (with - without)` of the logarithms; 1 is off.
  ///   - onStep: Called before each step; what it throws ends the run.
  /// - Returns: The captions.
  /// - Throws: What `onStep` throws.
  func captions(
    _ features: Tensor, seeds: [UInt64], _ sampling: Unmasking, guidance: Double = 1,
    onStep: () throws -> Void = {}
  ) throws -> [String] {
    let length = details.maximumTokens
    let tokens = try sampling(
      length: length, objective: objective, generators: seeds.map { Generator(seed: $0) }
    ) { x in
      try onStep()
      let with = network.logits(x, features: features, isSeen: true)
      guard guidance != 1 else { return with }
      let without = network.logits(x, features: features, isSeen: false).logSoftmax(dim: -1)
      return without + guidance * (with.logSoftmax(dim: -1) - without)
    }
    let ids = tokens.values(as: Int.self)
    return seeds.indices.map { spelling.text(of: Array(ids[$0 * length..<($0 + 1) * length])) }
  }
}

extension PictureToTextModel {
  /// The likeliest captions of some pictures, the surest words first.
  ///
  /// - Parameters:
  ///   - pictures: `[count, 3, side, side]`, `uint8`.
  ///   - indices: Which of them.
  /// - Returns: A caption for each.
  /// - Throws: A `TorchError`.
  func likeliest(_ pictures: Tensor, _ indices: [Int]) throws -> [String] {
    let sampling = Unmasking(order: .surest, steps: details.maximumTokens, temperature: 0)
    return try stride(from: 0, to: indices.count, by: 32).flatMap { start in
      let some = Array(indices[start..<min(start + 32, indices.count)])
      return try captions(
        features(pictures.indexSelected(dim: 0, Tensor(some))), seeds: some.map { _ in 0 },
        sampling)
    }
  }

  /// Reads a model.
  ///
  /// - Throws: ``ModelError`` where the parts do not fit together, or what is wrong with a part.
  init(_ folder: CaptionModelFolder) throws {
    let path = folder.url.path(percentEncoded: false)
    let (seeing, saying) = (
      folder.url.appending(path: "picture_encoder"), folder.url.appending(path: "text_model")
    )
    let network: VisualBERT
    let details = folder.index.about
    let views: PictureViews
    let spelling: WordPieceSpelling
    do {
      views = PictureViews(
        encoder: try EfficientNetLite(folder: seeing), seenSide: details.seenSide)
      network = try VisualBERT(folder: saying)
      spelling = try WordPieceSpelling(contentsOf: saying.appending(path: "tokenizer.json"))
    } catch let error as LoadingError {
      throw ModelError.weights(folder: path, reason: "\(error)")
    }
    self.init(
      network: PlacesCaptionNetwork(views: views, network: network), views: views,
      spelling: spelling, details: details)
    let sizes = network.configuration
    for (what, expected, found) in [
      ("features of", views.channels, sizes.visualEmbeddingDim),
      ("a vocabulary of", spelling.count, sizes.text.vocabSize),
    ] where expected != found {
      throw ModelError.mismatch(
        folder: path, expected: "a text model with \(what) \(expected)", found: "\(found)")
    }
    guard (2...sizes.text.maxPositionEmbeddings).contains(details.maximumTokens) else {
      throw ModelError.mismatch(
        folder: path,
        expected: "maximum_tokens of 2 to \(sizes.text.maxPositionEmbeddings)",
        found: "\(details.maximumTokens)")
    }
  }
}
