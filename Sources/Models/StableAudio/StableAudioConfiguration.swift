/// The sizes of a ``StableAudioTransformer``, in the words of diffusers' `config.json`.
public struct StableAudioConfiguration: Codable, Sendable, Hashable {
  /// The latents of the longest sound.
  public var sampleSize = 1024
  /// The channels of the latents.
  public var inChannels = 64
  /// The number of blocks.
  public var numLayers = 24
  /// The channels of a head.
  public var attentionHeadDim = 64
  /// The number of heads.
  public var numAttentionHeads = 24
  /// The heads of keys and values where a prompt is attended to.
  public var numKeyValueAttentionHeads = 12
  /// The channels of the prediction.
  public var outChannels = 64
  /// The channels of a prompt as the blocks attend to it.
  public var crossAttentionDim = 768
  /// The sines and cosines of the timestep.
  public var timeProjDim = 256
  /// The channels of what is said of the whole sound.
  public var globalStatesInputDim = 1536
  /// The channels of a prompt as it is given.
  public var crossAttentionInputDim = 768

  /// The sizes that diffusers has where none are given.
  public init() {}

  /// The channels of the blocks.
  public var channels: Int { numAttentionHeads * attentionHeadDim }

  enum CodingKeys: String, CodingKey {
    case sampleSize = "sample_size"
    case inChannels = "in_channels"
    case numLayers = "num_layers"
    case attentionHeadDim = "attention_head_dim"
    case numAttentionHeads = "num_attention_heads"
    case numKeyValueAttentionHeads = "num_key_value_attention_heads"
    case outChannels = "out_channels"
    case crossAttentionDim = "cross_attention_dim"
    case timeProjDim = "time_proj_dim"
    case globalStatesInputDim = "global_states_input_dim"
    case crossAttentionInputDim = "cross_attention_input_dim"
  }

  /// Reads a configuration; a key that is not there has diffusers' default, one that is not known
  /// is passed over.
  ///
  /// - Throws: `DecodingError` if a size cannot be.
  public init(from decoder: any Decoder) throws {
    let keys = try ConfigurationKeys<CodingKeys>(decoder)
    sampleSize = try keys.size(.sampleSize, or: 1024)
    inChannels = try keys.size(.inChannels, or: 64)
    numLayers = try keys.size(.numLayers, or: 24, most: 4096)
    attentionHeadDim = try keys.size(.attentionHeadDim, or: 64, most: 1 << 12)
    numAttentionHeads = try keys.size(.numAttentionHeads, or: 24, most: 1 << 12)
    numKeyValueAttentionHeads = try keys.size(.numKeyValueAttentionHeads, or: 12, most: 1 << 12)
    outChannels = try keys.size(.outChannels, or: 64)
    crossAttentionDim = try keys.size(.crossAttentionDim, or: 768)
    timeProjDim = try keys.size(.timeProjDim, or: 256)
    globalStatesInputDim = try keys.size(.globalStatesInputDim, or: 1536)
    crossAttentionInputDim = try keys.size(.crossAttentionInputDim, or: 768)
    guard numAttentionHeads % numKeyValueAttentionHeads == 0 else {
      throw keys.misfit(
        .numKeyValueAttentionHeads,
        "\(numAttentionHeads) heads do not share \(numKeyValueAttentionHeads) evenly")
    }
    // Half of a head's channels turn, in pairs.
    guard attentionHeadDim % 4 == 0 else {
      throw keys.misfit(.attentionHeadDim, expected: "a multiple of 4", found: attentionHeadDim)
    }
    guard timeProjDim % 2 == 0 else {
      throw keys.misfit(.timeProjDim, expected: "an even number", found: timeProjDim)
    }
  }
}
