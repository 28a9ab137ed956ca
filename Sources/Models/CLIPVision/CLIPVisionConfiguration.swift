/// The sizes of a `CLIPVisionModelWithProjection`, in the words of transformers' `config.json`.
public struct CLIPVisionConfiguration: Codable, Sendable, Hashable {
  /// The channels of a patch.
  public var hiddenSize = 1280
  /// The channels inside the feed-forward network of a layer.
  public var intermediateSize = 5120
  /// The channels that a projected picture shares with texts.
  public var projectionDim = 1024
  /// The number of layers.
  public var numHiddenLayers = 32
  /// The number of attention heads, which share the channels evenly.
  public var numAttentionHeads = 16
  /// The channels of a picture.
  public var numChannels = 3
  /// The width and height of a picture.
  public var imageSize = 224
  /// The width and height of a patch.
  public var patchSize = 14
  /// The activation of a layer's feed-forward network.
  public var hiddenAct = CLIPTextConfiguration.Activation.gelu
  /// What every normalization adds to the variance.
  public var layerNormEps = 1e-5
  /// The standard deviation of weights that are drawn anew.
  public var initializerRange = 0.02

  /// The published sizes of OpenCLIP ViT-H/14, the image encoder of most IP-Adapters.
  public init() {}

  enum CodingKeys: String, CodingKey {
    case hiddenSize = "hidden_size"
    case intermediateSize = "intermediate_size"
    case projectionDim = "projection_dim"
    case numHiddenLayers = "num_hidden_layers"
    case numAttentionHeads = "num_attention_heads"
    case numChannels = "num_channels"
    case imageSize = "image_size"
    case patchSize = "patch_size"
    case hiddenAct = "hidden_act"
    case layerNormEps = "layer_norm_eps"
    case initializerRange = "initializer_range"
  }

  /// What names the kind of network.
  private enum Fixed: String, CodingKey {
    case architecture = "model_type"
  }

  /// The patches of a picture, without the one that stands for the whole.
  package var patches: Int { (imageSize / patchSize) * (imageSize / patchSize) }

  /// The numbers that encoding a picture has in memory at once, beside the weights.
  package var workingNumbers: Int {
    (patches + 1) * (hiddenSize * (numHiddenLayers + 8) + 3 * intermediateSize)
  }

  /// Reads a configuration; a key that is not there has transformers' default, one that is not
  /// known is passed over.
  ///
  /// - Throws: `DecodingError` if a size cannot be, or if another kind of network is described.
  public init(from decoder: any Decoder) throws {
    try ConfigurationKeys<Fixed>(decoder).require(.architecture, "clip_vision_model")
    let keys = try ConfigurationKeys<CodingKeys>(decoder)
    hiddenSize = try keys.size(.hiddenSize, or: 768)
    intermediateSize = try keys.size(.intermediateSize, or: 3072)
    projectionDim = try keys.size(.projectionDim, or: 512)
    numHiddenLayers = try keys.size(.numHiddenLayers, or: 12, most: 4096)
    numAttentionHeads = try keys.size(.numAttentionHeads, or: 12)
    numChannels = try keys.value(.numChannels, or: 3)
    imageSize = try keys.size(.imageSize, or: 224, most: 1 << 14)
    patchSize = try keys.size(.patchSize, or: 32, most: 1 << 14)
    let activation = try keys.value(
      .hiddenAct, or: CLIPTextConfiguration.Activation.quickGELU.rawValue)
    guard let hiddenAct = CLIPTextConfiguration.Activation(rawValue: activation) else {
      throw keys.misfit(.hiddenAct, expected: "quick_gelu or gelu", found: activation)
    }
    self.hiddenAct = hiddenAct
    layerNormEps = try keys.value(.layerNormEps, or: 1e-5)
    initializerRange = try keys.value(.initializerRange, or: 0.02)
    try check(keys)
  }

  private func check(_ keys: ConfigurationKeys<CodingKeys>) throws {
    guard hiddenSize % numAttentionHeads == 0 else {
      throw keys.misfit(
        .hiddenSize, "\(hiddenSize) channels do not divide into \(numAttentionHeads) heads")
    }
    guard numChannels == 3 else {
      throw keys.misfit(.numChannels, expected: "3", found: numChannels)
    }
    guard patchSize <= imageSize else {
      throw keys.misfit(
        .patchSize, expected: "\(imageSize) or less, as wide as a picture is", found: patchSize)
    }
    guard layerNormEps > 0, layerNormEps.isFinite else {
      throw keys.misfit(.layerNormEps, expected: "more than 0", found: layerNormEps)
    }
  }
}
