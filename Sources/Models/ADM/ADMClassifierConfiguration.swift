/// The sizes of an ``ADMClassifier``, in the words of guided-diffusion's `EncoderUNetModel`.
public struct ADMClassifierConfiguration: Codable, Sendable, Hashable {
  /// How features of all places become one vector.
  public enum Pool: String, Codable, Sendable, Hashable, CaseIterable {
    /// Their mean.
    case adaptive
    /// Attention, as in CLIP: what the published classifiers have.
    case attention
    /// The means at every block, through two linear layers.
    case spatial
    /// The same with a normalization between.
    case normalizedSpatial = "spatial_v2"
  }

  /// The sizes of the way down; ``ADMConfiguration/outChannels`` is the number of classes.
  public var trunk: ADMConfiguration
  /// How features of all places become one vector.
  public var pool: Pool

  /// Describes a classifier.
  public init(_ trunk: ADMConfiguration, pool: Pool = .attention) {
    self.trunk = trunk
    self.pool = pool
  }

  private enum CodingKeys: String, CodingKey {
    case pool
    case numHeadChannels = "num_head_channels"
    case numClasses = "num_classes"
  }

  /// Reads a configuration; a key that is not there has guided-diffusion's default, one that is
  /// not known is passed over.
  ///
  /// - Throws: `DecodingError` if a size cannot be, or if another kind of network is described.
  public init(from decoder: any Decoder) throws {
    let keys = try ConfigurationKeys<CodingKeys>(decoder)
    trunk = try ADMConfiguration(from: decoder)
    pool = try keys.value(.pool, or: .adaptive)
    guard trunk.labels == nil else {
      throw keys.misfit(.numClasses, expected: "none in a classifier", found: "a label")
    }
    guard pool != .attention || trunk.numHeadChannels != nil else {
      throw keys.misfit(
        .numHeadChannels, expected: "the channels of a head, for attention's pooling",
        found: "none")
    }
  }

  /// Writes a configuration as guided-diffusion's `EncoderUNetModel` takes it.
  public func encode(to encoder: any Encoder) throws {
    try trunk.encode(to: encoder)
    var keys = encoder.container(keyedBy: CodingKeys.self)
    try keys.encode(pool, forKey: .pool)
  }
}
