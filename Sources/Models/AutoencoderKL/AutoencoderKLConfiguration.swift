/// The sizes of an ``AutoencoderKL``, in the words of diffusers' `config.json`.
public struct AutoencoderKLConfiguration: Codable, Sendable, Hashable {
  /// The channels of the pictures.
  public var inChannels = 3
  /// The channels of the decoded pictures.
  public var outChannels = 3
  /// The channels at every resolution, finest first; each next one is half as wide and high.
  public var blockOutChannels = [128, 256, 512, 512]
  /// The residual blocks at a resolution of the encoder; the decoder has one more.
  public var layersPerBlock = 2
  /// The channels of the latents.
  public var latentChannels = 4
  /// The groups of every normalization.
  public var normNumGroups = 32
  /// What the latents are multiplied by for the denoiser.
  public var scalingFactor = 0.18215
  /// What is subtracted from the latents before; none in the early models.
  public var shiftFactor: Double?
  /// Whether the middle has attention.
  public var midBlockAddAttention = true
  /// The width and height of the square of pixels that the first layer sees as one.
  ///
  /// It is 1 in the published models. The networks work at a resolution that many times coarser.
  public var patchSize = 1

  /// The published sizes of Stable Diffusion 1.
  public init() {}

  /// How much wider and higher a picture is than its latents.
  public var reduction: Int { patchSize << (blockOutChannels.count - 1) }

  enum CodingKeys: String, CodingKey {
    case inChannels = "in_channels"
    case outChannels = "out_channels"
    case blockOutChannels = "block_out_channels"
    case layersPerBlock = "layers_per_block"
    case latentChannels = "latent_channels"
    case normNumGroups = "norm_num_groups"
    case scalingFactor = "scaling_factor"
    case shiftFactor = "shift_factor"
    case midBlockAddAttention = "mid_block_add_attention"
    case patchSize = "patch_size"
  }

  /// Reads a configuration; a key that is not there has diffusers' default.
  public init(from decoder: any Decoder) throws {
    let keys = try decoder.container(keyedBy: CodingKeys.self)
    func read<Value: Decodable>(_ key: CodingKeys, _ fallback: Value) throws -> Value {
      try keys.decodeIfPresent(Value.self, forKey: key) ?? fallback
    }
    inChannels = try read(.inChannels, 3)
    outChannels = try read(.outChannels, 3)
    blockOutChannels = try read(.blockOutChannels, [64])
    layersPerBlock = try read(.layersPerBlock, 1)
    latentChannels = try read(.latentChannels, 4)
    normNumGroups = try read(.normNumGroups, 32)
    scalingFactor = try read(.scalingFactor, 0.18215)
    shiftFactor = try keys.decodeIfPresent(Double.self, forKey: .shiftFactor)
    midBlockAddAttention = try read(.midBlockAddAttention, true)
    patchSize = try read(.patchSize, 1)
    for channels in blockOutChannels where channels % normNumGroups != 0 {
      throw DecodingError.dataCorruptedError(
        forKey: .blockOutChannels, in: keys,
        debugDescription: "\(channels) channels do not divide into \(normNumGroups) groups")
    }
  }
}
