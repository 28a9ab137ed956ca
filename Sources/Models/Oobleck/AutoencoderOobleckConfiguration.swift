/// The sizes of an ``AutoencoderOobleck``, in the words of diffusers' `config.json`.
public struct AutoencoderOobleckConfiguration: Codable, Sendable, Hashable {
  /// The channels at the encoder's finest resolution, and of the latents' means and scales
  /// together.
  public var encoderHiddenSize = 128
  /// How many times shorter each stage of the encoder makes a sound.
  public var downsamplingRatios = [2, 4, 4, 8, 8]
  /// The channels behind each stage, as multiples of those at the finest resolution.
  public var channelMultiples = [1, 2, 4, 8, 16]
  /// The channels at the decoder's finest resolution.
  public var decoderChannels = 128
  /// The channels of the latents.
  public var decoderInputChannels = 64
  /// The channels of the sounds.
  public var audioChannels = 2
  /// The rate of the sounds, in Hz.
  public var samplingRate = 44_100
  /// How many samples next to one another the networks see as channels; diffusers' networks see
  /// one.
  public var patchSize = 1
  /// What latents are multiplied by to have a variance of 1; diffusers takes them as they are.
  public var scalingFactor = 1.0

  /// The sizes that diffusers has where none are given.
  public init() {}

  /// How many samples one latent stands for.
  public var reduction: Int { downsamplingRatios.reduce(patchSize, *) }

  enum CodingKeys: String, CodingKey {
    case encoderHiddenSize = "encoder_hidden_size"
    case downsamplingRatios = "downsampling_ratios"
    case channelMultiples = "channel_multiples"
    case decoderChannels = "decoder_channels"
    case decoderInputChannels = "decoder_input_channels"
    case audioChannels = "audio_channels"
    case samplingRate = "sampling_rate"
    case patchSize = "patch_size"
    case scalingFactor = "scaling_factor"
  }

  /// Reads a configuration; a key that is not there has diffusers' default, one that is not known
  /// is passed over.
  ///
  /// - Throws: `DecodingError` if a size cannot be.
  public init(from decoder: any Decoder) throws {
    let keys = try ConfigurationKeys<CodingKeys>(decoder)
    encoderHiddenSize = try keys.size(.encoderHiddenSize, or: 128)
    downsamplingRatios = try keys.value(.downsamplingRatios, or: [2, 4, 4, 8, 8])
    channelMultiples = try keys.value(.channelMultiples, or: [1, 2, 4, 8, 16])
    decoderChannels = try keys.size(.decoderChannels, or: 128)
    decoderInputChannels = try keys.size(.decoderInputChannels, or: 64)
    audioChannels = try keys.size(.audioChannels, or: 2, most: 32)
    samplingRate = try keys.size(.samplingRate, or: 44_100)
    patchSize = try keys.size(.patchSize, or: 1, most: 1 << 10)
    scalingFactor = try keys.value(.scalingFactor, or: 1)
    try check(keys)
  }

  /// Writes a configuration as diffusers reads it, with words of its own only for what differs
  /// from diffusers.
  public func encode(to encoder: any Encoder) throws {
    var keys = encoder.container(keyedBy: CodingKeys.self)
    try keys.encode(encoderHiddenSize, forKey: .encoderHiddenSize)
    try keys.encode(downsamplingRatios, forKey: .downsamplingRatios)
    try keys.encode(channelMultiples, forKey: .channelMultiples)
    try keys.encode(decoderChannels, forKey: .decoderChannels)
    try keys.encode(decoderInputChannels, forKey: .decoderInputChannels)
    try keys.encode(audioChannels, forKey: .audioChannels)
    try keys.encode(samplingRate, forKey: .samplingRate)
    if patchSize != 1 { try keys.encode(patchSize, forKey: .patchSize) }
    if scalingFactor != 1 { try keys.encode(scalingFactor, forKey: .scalingFactor) }
  }

  private func check(_ keys: ConfigurationKeys<CodingKeys>) throws {
    guard (1...16).contains(downsamplingRatios.count) else {
      throw keys.misfit(
        .downsamplingRatios, expected: "1 to 16 stages", found: downsamplingRatios.count)
    }
    guard channelMultiples.count == downsamplingRatios.count else {
      throw keys.misfit(
        .channelMultiples, expected: "\(downsamplingRatios.count), one a stage",
        found: channelMultiples.count)
    }
    for (key, sizes) in [
      (CodingKeys.downsamplingRatios, downsamplingRatios), (.channelMultiples, channelMultiples),
    ] {
      guard let wrong = sizes.first(where: { !(1...1024).contains($0) }) else { continue }
      throw keys.misfit(key, expected: "1 to 1024", found: wrong)
    }
    guard scalingFactor > 0, scalingFactor.isFinite else {
      throw keys.misfit(.scalingFactor, expected: "more than 0", found: scalingFactor)
    }
    guard encoderHiddenSize == 2 * decoderInputChannels else {
      throw keys.misfit(
        .encoderHiddenSize,
        expected: "\(2 * decoderInputChannels), a mean and a scale of each latent",
        found: encoderHiddenSize)
    }
  }
}
