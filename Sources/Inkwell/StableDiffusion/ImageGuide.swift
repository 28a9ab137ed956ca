internal import Foundation
internal import Modalities
internal import Models
internal import Torch

/// Pictures that a U-Net attends to beside the prompt, as its IP-Adapter makes words of them.
struct ImageGuide: Sendable {
  let adapter: IPAdapter
  /// The pictures, `[1, words, channels]`.
  let words: Tensor
  /// What stands for no picture, where pictures are guided away from; of the same shape.
  let none: Tensor
  /// How much they count, by the places in the U-Net.
  let scales: [String: Double]
  /// Where they count, `[1, 1, height, width]`; everywhere if not given.
  var mask: Tensor?

  /// What the U-Net sees of them, given whether each of a batch is drawn after them.
  func prompt(_ sees: [Bool]) -> ImagePrompt {
    ImagePrompt(
      words: sees.map { $0 ? words : none }.concatenated(), adapter: adapter, scales: scales,
      mask: mask)
  }
}

extension StableDiffusionModel {
  /// Reads IP-Adapters, image encoders and pictures.
  ///
  /// - Parameters:
  ///   - prompts: What to read.
  ///   - size: The size that pictures are drawn at.
  /// - Returns: The pictures as words, in the order of the prompts.
  /// - Throws: `IPAdapterError` for the adapter of another model, ``ModelError`` for an encoder
  ///   that does not fit it, ``GenerateError`` for a block that the U-Net has not, or what reading
  ///   throws.
  func imageGuides(
    _ prompts: [Generate.ImagePrompt], size: PictureSize
  ) throws -> [ImageGuide] {
    var adapters: [String: IPAdapter] = [:]
    var encoders: [URL: CLIPVisionModel] = [:]
    let matrices = parts.saving.matrices
    return try prompts.map { prompt in
      let adapter =
        try adapters[prompt.adapter]
        ?? IPAdapter(
          contentsOf: URL(filePath: prompt.adapter), for: unet.configuration, matrices: matrices)
      adapters[prompt.adapter] = adapter
      let folder = prompt.encoderFolder
      let encoder =
        try encoders[folder]
        ?? Self.part(folder) { try CLIPVisionModel(folder: $0, matrices: matrices) }
      encoders[folder] = encoder
      try Self.check(encoder, at: folder, for: adapter)
      let scales = try scales(of: prompt)
      let pixels = try prompt.pictures.map { picture in
        try encoder.pixels(of: Image(contentsOf: URL(filePath: picture.path)))
      }
      return try checked {
        try withoutGradients {
          let weights = prompt.pictures.map(\.weight)
          let (words, none) = adapter.words(of: pixels, weights: weights, by: encoder)
          return ImageGuide(
            adapter: adapter, words: words, none: none, scales: scales,
            mask: try prompt.mask.map { try Self.mask($0, size: size) })
        }
      }
    }
  }

  /// Throws unless an encoder answers with what an adapter takes.
  private static func check(
    _ encoder: CLIPVisionModel, at folder: URL, for adapter: IPAdapter
  ) throws(ModelError) {
    let sizes = encoder.configuration
    let found = adapter.takesStates ? sizes.hiddenSize : sizes.projectionDim
    guard found == adapter.imageChannels else {
      throw .mismatch(
        folder: folder.path(percentEncoded: false),
        expected: "an image encoder with \(adapter.takesStates ? "states" : "embeddings") of "
          + "\(adapter.imageChannels) channels, as the IP-Adapter takes them",
        found: "\(found) channels")
    }
  }

  /// How much an image prompt counts at each place of the U-Net.
  private func scales(of prompt: Generate.ImagePrompt) throws(GenerateError) -> [String: Double] {
    let places = unet.configuration.crossAttentions
    guard let blocks = prompt.blocks else {
      return Dictionary(uniqueKeysWithValues: places.map { ($0.name, prompt.scale) })
    }
    var scales: [String: Double] = [:]
    for (block, factor) in blocks.sorted(by: { $0.key.count < $1.key.count }) {
      let meant = places.map(\.name).filter { $0.hasPrefix(block + ".") }
      guard !meant.isEmpty else {
        let known = Set(places.map(\.transformer))
        throw .value(
          "block of an image prompt",
          expected: "one of \(known.sorted().joined(separator: ", "))", found: block)
      }
      for place in meant { scales[place] = prompt.scale * factor }
    }
    return scales
  }

  /// A mask as diffusers' `IPAdapterMaskProcessor` makes it, `[1, 1, height, width]`: grey is black
  /// or white.
  private static func mask(_ path: String, size: PictureSize) throws -> Tensor {
    let image = try Image(contentsOf: URL(filePath: path)).flattened()
    let grey = try image.resized(width: size.width, height: size.height).grey
    return grey.greaterOrEqual(to: 0.5).converted(to: .float32).unsqueezed(0)
  }
}

extension IPAdapter {
  /// Pictures as words.
  ///
  /// - Parameters:
  ///   - pixels: Each picture as the encoder takes it, at least one.
  ///   - weights: Their shares of the mean that is made of several.
  ///   - encoder: The image encoder.
  /// - Returns: The words, and those that stand for no picture, `[1, words, channels]` both.
  fileprivate func words(
    of pixels: [Tensor], weights: [Double], by encoder: CLIPVisionModel
  ) -> (words: Tensor, none: Tensor) {
    func seen(_ pixels: Tensor) -> Tensor {
      let output = encoder(pixels)
      return takesStates ? output.penultimate : output.embedding
    }
    let total = weights.reduce(0, +)
    let shares = zip(pixels, weights).map { seen($0) * ($1 / total) }
    let mean = shares.dropFirst().reduce(shares[0]) { $0 + $1 }
    // The embedding of no picture is 0, its states are those of the mean colour: diffusers has
    // it so.
    return (words(mean), words(takesStates ? seen(encoder.noPixels) : mean * 0))
  }
}
