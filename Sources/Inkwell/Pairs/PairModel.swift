internal import Diffusion
internal import Foundation
internal import Layers
internal import Modalities
internal import Models
internal import Torch

/// A model that draws what words say and says what pictures show, with one network.
struct PairModel: Sendable {
  var autoencoder: AutoencoderKL
  let transformer: UniDiffuserTransformer
  let views: PictureViews
  let tokenizer: WordPieceTokenizer
  let spelling: WordPieceSpelling
  let schedule: FlowSchedule
  let details: PairModelDetails

  /// Reads a model.
  ///
  /// - Throws: ``ModelError`` where the parts do not fit together, or what is wrong with a part.
  init(_ folder: PairModelFolder, _ precision: Precision = .float32) throws {
    func part(_ name: String) -> URL { folder.url.appending(path: name) }
    let matrices = MatrixStorage(dtype: precision.dtype, areQuantized: precision == .int8)
    let words = part("tokenizer/tokenizer.json")
    details = folder.index.about
    schedule = try TextToImageModel.schedule(part(ModelFolder.schedulerFile))
    tokenizer = try WordPieceTokenizer(contentsOf: words)
    spelling = try WordPieceSpelling(contentsOf: words)
    autoencoder = try TextToImageModel.part(part("vae")) {
      try AutoencoderKL(folder: $0, matrices: matrices)
    }
    transformer = try TextToImageModel.part(part("unet")) {
      try UniDiffuserTransformer(folder: $0, matrices: matrices)
    }
    views = PictureViews(
      encoder: try TextToImageModel.part(part("picture_encoder")) {
        try EfficientNetLite(folder: $0)
      }, seenSide: details.seenSide)
    try checkFit(folder: folder.url.path(percentEncoded: false))
  }

  private func checkFit(folder: String) throws(ModelError) {
    let sizes = transformer.configuration
    let features = EfficientNetLiteConfiguration.lite0.features
    for (what, expected, found) in [
      ("latents of", autoencoder.configuration.latentChannels, sizes.inChannels),
      ("a vocabulary of", spelling.count, sizes.textDim),
      ("features of", features, sizes.clipImgDim),
    ] where expected != found {
      throw .mismatch(
        folder: folder, expected: "a network with \(what) \(expected)", found: "\(found)")
    }
    let sides = PictureViews.seenSides
    for (what, isRight, found) in [
      ("num_text_tokens of 2 or more", sizes.numTextTokens >= 2, "\(sizes.numTextTokens)"),
      ("no type of the data", !sizes.usesDataType, "one"),
      (
        "seen_side of \(sides.lowerBound) to \(sides.upperBound)",
        sides.contains(details.seenSide), "\(details.seenSide)"
      ),
    ] where !isRight {
      throw .mismatch(folder: folder, expected: what, found: found)
    }
  }

  /// A picture and a text as the network takes them.
  ///
  /// - Parameters:
  ///   - latents: `[batch, channels, height, width]`.
  ///   - wholes: What is seen of the pictures, `[batch, 1, features]`.
  ///   - tokens: `[batch, tokens]`, `int64`.
  ///   - vocabulary: How many tokens there are.
  /// - Returns: The pair, in which a token is as many numbers, one of which is 1.
  static func pair(
    latents: Tensor, wholes: Tensor, tokens: Tensor, vocabulary: Int
  ) -> UniDiffuserTransformer.Pair {
    UniDiffuserTransformer.Pair(
      latents: latents, whole: wholes,
      text: tokens.oneHot(vocabulary).converted(to: latents.dtype))
  }

  /// The timestep of texts: 1000 times the share of their tokens that is hidden.
  ///
  /// - Parameter hidden: `[batch, tokens]`, `bool`.
  /// - Returns: `[batch]`, float32.
  static func timesteps(hidden: Tensor) -> Tensor {
    hidden.converted(to: .float32).mean(dims: [1]) * 1000
  }
}
