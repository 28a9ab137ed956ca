/// The sizes of a ``BERTEncoder``, in the words of transformers' `config.json`.
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

  /// What transformers can vary and this encoder does not, with the only value that it follows.
  private enum Fixed: String, CodingKey, CaseIterable {
    case architecture = "model_type"
    case activation = "hidden_act"
    case positions = "position_embedding_type"

    var value: String {
      switch self {
      case .architecture: "bert"
      case .activation: "gelu"
      case .positions: "absolute"
      }
    }
  }

  /// Reads a configuration.
  ///
  /// - Throws: `DecodingError` if a size is missing or cannot be, or if another kind of network is
  ///   described.
  public init(from decoder: any Decoder) throws {
    let fixed = try decoder.container(keyedBy: Fixed.self)
    for key in Fixed.allCases {
      let found = try fixed.decodeIfPresent(String.self, forKey: key) ?? key.value
      guard found == key.value else {
        throw DecodingError.dataCorruptedError(
          forKey: key, in: fixed, debugDescription: "expected \(key.value), found \(found)")
      }
    }
    let keys = try decoder.container(keyedBy: CodingKeys.self)
    func size(_ key: CodingKeys) throws -> Int {
      let value = try keys.decode(Int.self, forKey: key)
      guard value > 0 else {
        throw DecodingError.dataCorruptedError(
          forKey: key, in: keys, debugDescription: "expected 1 or more, found \(value)")
      }
      return value
    }
    vocabSize = try size(.vocabSize)
    hiddenSize = try size(.hiddenSize)
    numHiddenLayers = try size(.numHiddenLayers)
    numAttentionHeads = try size(.numAttentionHeads)
    intermediateSize = try size(.intermediateSize)
    maxPositionEmbeddings = try size(.maxPositionEmbeddings)
    typeVocabSize = try size(.typeVocabSize)
    layerNormEps = try keys.decode(Double.self, forKey: .layerNormEps)
    initializerRange = try keys.decodeIfPresent(Double.self, forKey: .initializerRange) ?? 0.02
    guard hiddenSize % numAttentionHeads == 0 else {
      throw DecodingError.dataCorruptedError(
        forKey: .hiddenSize, in: keys,
        debugDescription: "\(hiddenSize) channels do not divide into \(numAttentionHeads) heads")
    }
  }
}
