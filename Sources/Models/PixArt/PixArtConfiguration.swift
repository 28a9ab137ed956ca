/// The sizes of a ``PixArtTransformer``, in the words of diffusers' `config.json`.
public struct PixArtConfiguration: Codable, Sendable, Hashable {
  /// The number of attention heads.
  public var numAttentionHeads = 16
  /// The channels of a head.
  public var attentionHeadDim = 72
  /// The channels of the latents.
  public var inChannels = 4
  /// The channels of the result; twice those of the latents where the variance is learned.
  public var outChannels = 8
  /// The number of blocks.
  public var numLayers = 28
  /// The width and height of the latents that the positions are made for.
  public var sampleSize = 128
  /// The width and height of the square of latents that is one token.
  public var patchSize = 2
  /// The channels of the text encoder's states.
  public var captionChannels = 4096
  /// By how much the positions lie closer together; ``sampleSize`` / 64, at least 1, if none.
  public var interpolationScale: Double?

  /// The published sizes of PixArt-Σ XL/2 at 1024 pixels.
  public init() {}

  /// The channels of a token.
  public var channels: Int { numAttentionHeads * attentionHeadDim }

  /// The numbers that a prediction has in memory at once, beside the weights, for each row of the
  /// batch: a block's input, normalized, its queries, keys and values or the wide half of its
  /// feed-forward network, and the prompt as all blocks attend to it.
  ///
  /// - Parameter words: The tokens of a prompt.
  /// - Returns: The most at any layer.
  package func workingNumbers(words: Int) -> Int {
    let side = sampleSize / patchSize
    return 12 * side * side * channels + 2 * words * channels * numLayers
  }

  /// By how much the positions lie closer together.
  var positionScale: Double { interpolationScale ?? Double(max(sampleSize / 64, 1)) }
}
