/// The sizes of a `CLIPTextModel`, in the words of transformers' `config.json`.
public struct CLIPTextConfiguration: Codable, Sendable, Hashable {
  /// What stands between the two maps of a layer's feed-forward network.
  public enum Activation: String, Codable, Sendable {
    /// `x σ(1.702 x)`, as OpenAI trained.
    case quickGELU = "quick_gelu"
    /// `x Φ(x)`, as OpenCLIP trained.
    case gelu
  }

  /// The number of tokens in the vocabulary.
  public var vocabSize = 49408
  /// The channels of a token.
  public var hiddenSize = 768
  /// The channels inside the feed-forward network of a layer.
  public var intermediateSize = 3072
  /// The channels that a projected text shares with pictures.
  public var projectionDim = 768
  /// The number of layers.
  public var numHiddenLayers = 12
  /// The number of attention heads, which share the channels evenly.
  public var numAttentionHeads = 12
  /// The most tokens of a text.
  public var maxPositionEmbeddings = 77
  /// The activation of a layer's feed-forward network.
  public var hiddenAct = Activation.quickGELU
  /// What every normalization adds to the variance.
  public var layerNormEps = 1e-5
  /// The standard deviation of weights that are drawn anew.
  public var initializerRange = 0.02
  /// The token whose first state stands for the whole text; 2, as configurations of 2023 and before
  /// have it, means the token with the highest number, added words aside.
  public var eosTokenId = 49407

  /// The published sizes of CLIP ViT-L/14, the text encoder of Stable Diffusion 1 and the first one
  /// of SDXL.
  public init() {}

  enum CodingKeys: String, CodingKey {
    case vocabSize = "vocab_size"
    case hiddenSize = "hidden_size"
    case intermediateSize = "intermediate_size"
    case projectionDim = "projection_dim"
    case numHiddenLayers = "num_hidden_layers"
    case numAttentionHeads = "num_attention_heads"
    case maxPositionEmbeddings = "max_position_embeddings"
    case hiddenAct = "hidden_act"
    case layerNormEps = "layer_norm_eps"
    case initializerRange = "initializer_range"
    case eosTokenId = "eos_token_id"
  }

  /// What names the kind of network.
  private enum Fixed: String, CodingKey {
    case architecture = "model_type"
  }

  /// Reads a configuration; a key that is not there has transformers' default, one that is not
  /// known is passed over.
  ///
  /// - Throws: `DecodingError` if a size cannot be, or if another kind of network is described.
  public init(from decoder: any Decoder) throws {
    try ConfigurationKeys<Fixed>(decoder).require(.architecture, "clip_text_model")
    let keys = try ConfigurationKeys<CodingKeys>(decoder)
    vocabSize = try keys.size(.vocabSize, or: 49408)
    hiddenSize = try keys.size(.hiddenSize, or: 512)
    intermediateSize = try keys.size(.intermediateSize, or: 2048)
    projectionDim = try keys.size(.projectionDim, or: 512)
    numHiddenLayers = try keys.size(.numHiddenLayers, or: 12, most: 4096)
    numAttentionHeads = try keys.size(.numAttentionHeads, or: 8)
    maxPositionEmbeddings = try keys.size(.maxPositionEmbeddings, or: 77)
    let activation = try keys.value(.hiddenAct, or: Activation.quickGELU.rawValue)
    guard let hiddenAct = Activation(rawValue: activation) else {
      throw keys.misfit(.hiddenAct, expected: "quick_gelu or gelu", found: activation)
    }
    self.hiddenAct = hiddenAct
    layerNormEps = try keys.value(.layerNormEps, or: 1e-5)
    initializerRange = try keys.value(.initializerRange, or: 0.02)
    eosTokenId = try keys.value(.eosTokenId, or: 49407)
    guard hiddenSize % numAttentionHeads == 0 else {
      throw keys.misfit(
        .hiddenSize, "\(hiddenSize) channels do not divide into \(numAttentionHeads) heads")
    }
    guard layerNormEps > 0, layerNormEps.isFinite else {
      throw keys.misfit(.layerNormEps, expected: "more than 0", found: layerNormEps)
    }
    guard eosTokenId == 2 || 0..<vocabSize ~= eosTokenId else {
      throw keys.misfit(
        .eosTokenId, expected: "a token of the \(vocabSize) of the vocabulary", found: eosTokenId)
    }
  }
}

extension CLIPTextConfiguration {
  /// The published sizes of OpenCLIP ViT-H/14, as Stable Diffusion 2 has it: without the last of
  /// its 24 layers.
  public static var openCLIPH: CLIPTextConfiguration {
    var sizes = CLIPTextConfiguration()
    sizes.hiddenSize = 1024
    sizes.intermediateSize = 4096
    sizes.projectionDim = 512
    sizes.numHiddenLayers = 23
    sizes.numAttentionHeads = 16
    sizes.hiddenAct = .gelu
    return sizes
  }

  /// The published sizes of OpenCLIP ViT-bigG/14, the second text encoder of SDXL.
  public static var openCLIPBigG: CLIPTextConfiguration {
    var sizes = CLIPTextConfiguration()
    sizes.hiddenSize = 1280
    sizes.intermediateSize = 5120
    sizes.projectionDim = 1280
    sizes.numHiddenLayers = 32
    sizes.numAttentionHeads = 20
    sizes.hiddenAct = .gelu
    return sizes
  }
}
