/// The sizes of an ``AutoencoderTiny``, in the words of diffusers' `config.json`.
public struct AutoencoderTinyConfiguration: Codable, Sendable, Hashable {
  /// The channels of the pictures.
  public var inChannels = 3
  /// The channels of the decoded pictures.
  public var outChannels = 3
  /// The channels of the encoder, the same at every resolution.
  public var encoderChannels = 64
  /// The blocks at every resolution of the encoder, finest first.
  public var numEncoderBlocks = [1, 3, 3, 3]
  /// The channels of the decoder, the same at every resolution.
  public var decoderChannels = 64
  /// The blocks at every resolution of the decoder, coarsest first.
  public var numDecoderBlocks = [3, 3, 3, 1]
  /// The channels of the latents.
  public var latentChannels = 4
  /// How much wider and higher each next resolution of the decoder is.
  public var upsamplingScalingFactor = 2
  /// What the latents are multiplied by for the denoiser.
  public var scalingFactor = 1.0
  /// What is subtracted from the latents before.
  public var shiftFactor = 0.0

  /// The published sizes of TAESD.
  public init() {}

  /// How much wider and higher a picture is than its latents.
  public var reduction: Int { 1 << (numEncoderBlocks.count - 1) }

  enum CodingKeys: String, CodingKey {
    case inChannels = "in_channels"
    case outChannels = "out_channels"
    case encoderChannels = "encoder_block_out_channels"
    case decoderChannels = "decoder_block_out_channels"
    case numEncoderBlocks = "num_encoder_blocks"
    case numDecoderBlocks = "num_decoder_blocks"
    case latentChannels = "latent_channels"
    case upsamplingScalingFactor = "upsampling_scaling_factor"
    case scalingFactor = "scaling_factor"
    case shiftFactor = "shift_factor"
    // What diffusers can vary and this autoencoder does not.
    case activation = "act_fn"
    case upsampling = "upsample_fn"
  }

  /// Reads a configuration; a key that is not there has diffusers' default, one that is not known
  /// is passed over.
  ///
  /// - Throws: `DecodingError` if a size cannot be, or if another kind of network is described.
  public init(from decoder: any Decoder) throws {
    let keys = try ConfigurationKeys<CodingKeys>(decoder)
    inChannels = try keys.size(.inChannels, or: 3)
    outChannels = try keys.size(.outChannels, or: 3)
    latentChannels = try keys.size(.latentChannels, or: 4)
    upsamplingScalingFactor = try keys.size(.upsamplingScalingFactor, or: 2, most: 1 << 10)
    scalingFactor = try keys.value(.scalingFactor, or: 1)
    shiftFactor = try keys.value(.shiftFactor, or: 0)
    (encoderChannels, numEncoderBlocks) = try keys.half(
      .encoderChannels, .numEncoderBlocks, or: [1, 3, 3, 3])
    (decoderChannels, numDecoderBlocks) = try keys.half(
      .decoderChannels, .numDecoderBlocks, or: [3, 3, 3, 1])
    guard scalingFactor > 0, scalingFactor.isFinite else {
      throw keys.misfit(.scalingFactor, expected: "more than 0", found: scalingFactor)
    }
    try keys.require(.activation, "relu")
    try keys.require(.upsampling, "nearest")
  }

  /// Writes a configuration as diffusers reads it.
  public func encode(to encoder: any Encoder) throws {
    var keys = encoder.container(keyedBy: CodingKeys.self)
    try keys.encode(inChannels, forKey: .inChannels)
    try keys.encode(outChannels, forKey: .outChannels)
    try keys.encode(numEncoderBlocks.map { _ in encoderChannels }, forKey: .encoderChannels)
    try keys.encode(numDecoderBlocks.map { _ in decoderChannels }, forKey: .decoderChannels)
    try keys.encode(numEncoderBlocks, forKey: .numEncoderBlocks)
    try keys.encode(numDecoderBlocks, forKey: .numDecoderBlocks)
    try keys.encode(latentChannels, forKey: .latentChannels)
    try keys.encode(upsamplingScalingFactor, forKey: .upsamplingScalingFactor)
    try keys.encode(scalingFactor, forKey: .scalingFactor)
    try keys.encode(shiftFactor, forKey: .shiftFactor)
  }
}

extension ConfigurationKeys where Key == AutoencoderTinyConfiguration.CodingKeys {
  /// The channels of one half and the blocks at each of its resolutions.
  fileprivate func half(
    _ channels: Key, _ blocks: Key, or fallback: [Int]
  ) throws -> (channels: Int, blocks: [Int]) {
    let numbers = try value(blocks, or: fallback)
    guard (1...16).contains(numbers.count), numbers.allSatisfy({ (0...4096).contains($0) }) else {
      throw misfit(blocks, expected: "1 to 16 numbers from 0 to 4096", found: numbers)
    }
    let widths = try value(channels, or: numbers.map { _ in 64 })
    // diffusers' convolutions between resolutions change no channels.
    guard widths.count == numbers.count, let width = widths.first,
      widths.allSatisfy({ $0 == width }), (1...(1 << 20)).contains(width)
    else {
      throw misfit(channels, expected: "\(numbers.count) times the same number", found: widths)
    }
    return (width, numbers)
  }
}

extension AutoencoderTinyConfiguration {
  /// The numbers that decoding a picture has in memory at once, beside the weights: a block's
  /// input, what is added to it, and a convolution in the library's own order.
  ///
  /// - Parameters:
  ///   - height: The height of the picture.
  ///   - width: Its width.
  /// - Returns: The most at any layer.
  package func workingNumbers(height: Int, width: Int) -> Int {
    5 * decoderChannels * height * width
  }
}
