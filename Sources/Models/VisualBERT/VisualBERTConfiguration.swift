/// The sizes of a `VisualBERT`, in the words of transformers' `config.json`.
public struct VisualBERTConfiguration: Codable, Sendable, Hashable {
  /// The sizes of the encoder that texts and pictures share.
  public var text: BERTConfiguration
  /// The channels of a picture's features at each place.
  public var visualEmbeddingDim: Int

  /// Describes a network.
  public init(text: BERTConfiguration, visualEmbeddingDim: Int) {
    self.text = text
    self.visualEmbeddingDim = visualEmbeddingDim
  }

  private enum CodingKeys: String, CodingKey {
    case architecture = "model_type"
    case activation = "hidden_act"
    case visualEmbeddingDim = "visual_embedding_dim"
    case bypass = "bypass_transformer"
    case hasStandardStart = "special_visual_initialize"
  }

  /// Reads a configuration.
  ///
  /// - Throws: `DecodingError` if a size is missing or cannot be, or if another kind of network is
  ///   described.
  public init(from decoder: any Decoder) throws {
    text = try BERTConfiguration(decoder, of: "visual_bert")
    let keys = try ConfigurationKeys<CodingKeys>(decoder)
    try keys.require(.bypass, false)
    visualEmbeddingDim = try keys.size(.visualEmbeddingDim)
  }

  /// Writes a configuration that transformers reads.
  public func encode(to encoder: any Encoder) throws {
    try text.encode(to: encoder)
    var keys = encoder.container(keyedBy: CodingKeys.self)
    try keys.encode("visual_bert", forKey: .architecture)
    try keys.encode("gelu", forKey: .activation)
    try keys.encode(visualEmbeddingDim, forKey: .visualEmbeddingDim)
    try keys.encode(false, forKey: .bypass)
    try keys.encode(false, forKey: .hasStandardStart)
  }
}
