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

  /// The published sizes of PixArt-α XL/2.
  public init() {}

  /// The channels of a token.
  public var channels: Int { numAttentionHeads * attentionHeadDim }

  enum CodingKeys: String, CodingKey {
    case numAttentionHeads = "num_attention_heads"
    case attentionHeadDim = "attention_head_dim"
    case inChannels = "in_channels"
    case outChannels = "out_channels"
    case numLayers = "num_layers"
    case sampleSize = "sample_size"
    case patchSize = "patch_size"
    case captionChannels = "caption_channels"
  }
}
