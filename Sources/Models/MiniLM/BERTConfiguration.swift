/// The sizes of a `BERTEncoder`, in the words of transformers' `config.json`.
public struct BERTConfiguration: Codable, Sendable, Hashable {
  /// The number of tokens in the vocabulary.
  public var vocabSize = 30522
  /// The channels of a token.
  public var hiddenSize = 384
  /// The number of layers.
  public var numHiddenLayers = 6
  /// The number of attention heads, which share the channels evenly.
  public var numAttentionHeads = 12
  /// The channels inside the feed-forward network of a layer.
  public var intermediateSize = 1536
  /// The most tokens of a text.
  public var maxPositionEmbeddings = 512
  /// The kinds of sentences; a single sentence is of kind 0.
  public var typeVocabSize = 2
  /// What every normalization adds to the variance.
  public var layerNormEps = 1e-12
  /// The standard deviation of weights that are drawn anew.
  public var initializerRange = 0.02

  /// The published sizes of all-MiniLM-L6-v2.
  public init() {}

  enum CodingKeys: String, CodingKey {
    case vocabSize = "vocab_size"
    case hiddenSize = "hidden_size"
    case numHiddenLayers = "num_hidden_layers"
    case numAttentionHeads = "num_attention_heads"
    case intermediateSize = "intermediate_size"
    case maxPositionEmbeddings = "max_position_embeddings"
    case typeVocabSize = "type_vocab_size"
    case layerNormEps = "layer_norm_eps"
    case initializerRange = "initializer_range"
  }

  /// What transformers can vary and this encoder does not.
  private enum Fixed: String, CodingKey {
    case architecture = "model_type"
    case activation = "hidden_act"
    case positions = "position_embedding_type"
  }

  /// Reads a configuration.
  ///
  /// - Throws: `DecodingError` if a size is missing or cannot be, or if another kind of network is
  ///   described.
  public init(from decoder: any Decoder) throws {
    try self.init(decoder, of: "bert")
  }

  /// Reads the sizes of a network that has such an encoder inside.
  ///
  /// - Parameters:
  ///   - decoder: Reads `config.json`.
  ///   - architecture: The `model_type` of the whole network.
  /// - Throws: `DecodingError`.
  init(_ decoder: any Decoder, of architecture: String) throws {
    let fixed = try ConfigurationKeys<Fixed>(decoder)
    try fixed.require(.architecture, architecture)
    try fixed.require(.activation, "gelu")
    try fixed.require(.positions, "absolute")
    let keys = try ConfigurationKeys<CodingKeys>(decoder)
    vocabSize = try keys.size(.vocabSize)
    hiddenSize = try keys.size(.hiddenSize)
    numHiddenLayers = try keys.size(.numHiddenLayers, most: 4096)
    numAttentionHeads = try keys.size(.numAttentionHeads)
    intermediateSize = try keys.size(.intermediateSize)
    maxPositionEmbeddings = try keys.size(.maxPositionEmbeddings)
    typeVocabSize = try keys.size(.typeVocabSize)
    layerNormEps = try keys.required(.layerNormEps)
    initializerRange = try keys.value(.initializerRange, or: 0.02)
    guard hiddenSize % numAttentionHeads == 0 else {
      throw keys.misfit(
        .hiddenSize, "\(hiddenSize) channels do not divide into \(numAttentionHeads) heads")
    }
  }
}
