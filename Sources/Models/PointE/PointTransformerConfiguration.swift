/// The sizes of a `PointTransformer`, in the words of Point-E's `MODEL_CONFIGS`.
public struct PointTransformerConfiguration: Codable, Sendable, Hashable {
  /// The numbers of a noisy point: its place and its colour.
  public var inputChannels: Int
  /// The numbers that are predicted of a point.
  public var outputChannels: Int
  /// The points that it is trained for; it takes others.
  public var points: Int
  /// The channels of a token.
  public var width: Int
  /// The number of blocks.
  public var layers: Int
  /// The number of attention heads, which share the channels evenly.
  public var heads: Int
  /// How large new weights are, by the square root of the width.
  public var initScale: Double
  /// Whether the timestep is a token of its own, and not added to every point.
  public var hasTimeToken: Bool
  /// The channels of a state of what the points are conditioned on.
  public var conditionChannels: Int
  /// The channels of what is seen at a place of a picture, where pictures are a condition too.
  public var pictureChannels: Int?

  /// Describes a network.
  public init(
    points: Int, width: Int, layers: Int, heads: Int, conditionChannels: Int,
    pictureChannels: Int? = nil, hasTimeToken: Bool = true
  ) {
    (inputChannels, outputChannels) = (6, 6)
    self.points = points
    self.width = width
    self.layers = layers
    self.heads = heads
    self.conditionChannels = conditionChannels
    self.pictureChannels = pictureChannels
    self.hasTimeToken = hasTimeToken
    initScale = 0.25
  }

  private enum CodingKeys: String, CodingKey {
    case inputChannels = "input_channels"
    case outputChannels = "output_channels"
    case points = "n_ctx"
    case width, layers, heads
    case initScale = "init_scale"
    case hasTimeToken = "time_token_cond"
    case conditionChannels = "grid_feature_dim"
    case pictureChannels = "picture_feature_dim"
  }

  /// Reads a configuration.
  ///
  /// - Throws: `DecodingError` if a size is missing or cannot be.
  public init(from decoder: any Decoder) throws {
    let keys = try ConfigurationKeys<CodingKeys>(decoder)
    inputChannels = try keys.size(.inputChannels, or: 3, most: 64)
    outputChannels = try keys.size(.outputChannels, or: 3, most: 64)
    points = try keys.size(.points, or: 1024)
    width = try keys.size(.width, or: 512, most: 1 << 14)
    layers = try keys.size(.layers, or: 12, most: 256)
    heads = try keys.size(.heads, or: 8, most: 1024)
    initScale = try keys.value(.initScale, or: 0.25)
    hasTimeToken = try keys.value(.hasTimeToken, or: false)
    conditionChannels = try keys.size(.conditionChannels, most: 1 << 14)
    pictureChannels = try keys.sizeIfAny(.pictureChannels, most: 1 << 14)
    guard width.isMultiple(of: heads), width.isMultiple(of: 2) else {
      throw keys.misfit(.width, "\(width) channels do not divide into \(heads) heads and in two")
    }
    guard initScale > 0, initScale.isFinite else {
      throw keys.misfit(.initScale, expected: "a number above 0", found: initScale)
    }
  }
}
