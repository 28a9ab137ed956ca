/// The sizes of a ``WanTransformer``, in the words of diffusers' `config.json`.
public struct WanTransformerConfiguration: Codable, Sendable, Hashable {
  /// The frames, rows and columns of latents that are one token.
  public var patchSize = [1, 2, 2]
  /// The number of attention heads.
  public var numAttentionHeads = 40
  /// The channels of a head.
  public var attentionHeadDim = 128
  /// The channels of the latents, with those of what they are conditioned on.
  public var inChannels = 16
  /// The channels of the result.
  public var outChannels = 16
  /// The channels of the text encoder's states.
  public var textDim = 4096
  /// The channels of the timestep's sines and cosines.
  public var freqDim = 256
  /// The channels inside of the feed-forward networks.
  public var ffnDim = 13_824
  /// The number of blocks.
  public var numLayers = 40
  /// Whether tokens are normalized before they attend to the prompt.
  public var crossAttnNorm = true
  /// What is added to variances and mean squares.
  public var eps = 1e-6
  /// The channels of the image encoder's states; none for a network without them.
  public var imageDim: Int?
  /// The channels of the image's tokens as they are attended to; none for a network without them.
  public var addedKvProjDim: Int?
  /// How many of the image encoder's states have a position of their own; none if none.
  public var posEmbedSeqLen: Int?

  /// The published sizes of Wan 2.1 14B.
  public init() {}

  /// The published sizes of Wan 2.1 1.3B.
  public static var small: WanTransformerConfiguration {
    var sizes = WanTransformerConfiguration()
    (sizes.numAttentionHeads, sizes.ffnDim, sizes.numLayers) = (12, 8960, 30)
    return sizes
  }

  /// The channels of a token.
  public var channels: Int { numAttentionHeads * attentionHeadDim }

  /// The numbers of latents that are one token.
  var patchCount: Int { patchSize.reduce(1, *) }
}
