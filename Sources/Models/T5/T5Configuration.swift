/// The sizes of a ``T5Encoder``, in the words of transformers' `config.json`.
public struct T5Configuration: Codable, Sendable, Hashable {
  /// What stands between the linear maps of a layer.
  public enum FeedForward: String, Codable, Sendable {
    /// One map before a ReLU: the first T5.
    case relu
    /// Two maps, one of which gates the other through GELU: T5 1.1.
    case gatedGELU = "gated-gelu"
  }

  /// The number of tokens in the vocabulary.
  public var vocabSize = 32_128
  /// The channels of a token.
  public var dModel = 512
  /// The channels of a head.
  public var dKV = 64
  /// The channels inside the feed-forward network of a layer.
  public var dFF = 2048
  /// The number of layers.
  public var numLayers = 6
  /// The number of heads.
  public var numHeads = 8
  /// The groups of distances that a bias is learned for, both directions together.
  public var relativeAttentionNumBuckets = 32
  /// The distance from which on all are in the last group.
  public var relativeAttentionMaxDistance = 128
  /// What every normalization adds to the mean square.
  public var layerNormEpsilon = 1e-6
  /// What stands between the linear maps of a layer.
  public var feedForward = FeedForward.relu

  /// The sizes that transformers has where none are given.
  public init() {}

  enum CodingKeys: String, CodingKey {
    case vocabSize = "vocab_size"
    case dModel = "d_model"
    case dKV = "d_kv"
    case dFF = "d_ff"
    case numLayers = "num_layers"
    case numHeads = "num_heads"
    case relativeAttentionNumBuckets = "relative_attention_num_buckets"
    case relativeAttentionMaxDistance = "relative_attention_max_distance"
    case layerNormEpsilon = "layer_norm_epsilon"
    case feedForward = "feed_forward_proj"
  }

  private enum Fixed: String, CodingKey {
    case architecture = "model_type"
  }

  /// Reads a configuration; a key that is not there has transformers' default, one that is not
  /// known is passed over.
  ///
  /// - Throws: `DecodingError` if a size cannot be, or if another kind of network is described.
  public init(from decoder: any Decoder) throws {
    try ConfigurationKeys<Fixed>(decoder).require(.architecture, "t5")
    let keys = try ConfigurationKeys<CodingKeys>(decoder)
    vocabSize = try keys.size(.vocabSize, or: 32_128)
    dModel = try keys.size(.dModel, or: 512)
    dKV = try keys.size(.dKV, or: 64, most: 1 << 12)
    dFF = try keys.size(.dFF, or: 2048)
    numLayers = try keys.size(.numLayers, or: 6, most: 4096)
    numHeads = try keys.size(.numHeads, or: 8, most: 1 << 12)
    relativeAttentionNumBuckets = try keys.size(.relativeAttentionNumBuckets, or: 32)
    relativeAttentionMaxDistance = try keys.size(.relativeAttentionMaxDistance, or: 128)
    layerNormEpsilon = try keys.value(.layerNormEpsilon, or: 1e-6)
    let kind = try keys.value(.feedForward, or: FeedForward.relu.rawValue)
    guard let feedForward = FeedForward(rawValue: kind) else {
      throw keys.misfit(.feedForward, expected: "relu or gated-gelu", found: kind)
    }
    self.feedForward = feedForward
    // A quarter of the groups are single distances, and as many are wider ones up to the greatest.
    guard relativeAttentionNumBuckets % 4 == 0 else {
      throw keys.misfit(
        .relativeAttentionNumBuckets, expected: "a multiple of 4",
        found: relativeAttentionNumBuckets)
    }
    guard relativeAttentionMaxDistance > relativeAttentionNumBuckets / 4 else {
      throw keys.misfit(
        .relativeAttentionMaxDistance,
        expected: "more than \(relativeAttentionNumBuckets / 4)",
        found: relativeAttentionMaxDistance)
    }
  }
}
