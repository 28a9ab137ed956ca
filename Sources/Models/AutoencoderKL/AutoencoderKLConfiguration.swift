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
  /// The mean of each channel of the latents, subtracted instead; given with ``latentsStd``.
  public var latentsMean: [Double]?
  /// The deviation of each channel of the latents, which they are divided by.
  public var latentsStd: [Double]?
  /// Whether the decoder overflows in float16 and is to run in a wider type.
  ///
  /// A note for whoever chooses the type: the networks run in that of their weights.
  public var forceUpcast = true
  /// Whether the middle has attention.
  public var midBlockAddAttention = true
  /// Whether a convolution mixes the moments after the encoder.
  public var useQuantConv = true
  /// Whether a convolution mixes the latents before the decoder.
  public var usePostQuantConv = true
  /// The width and height of the square of pixels that the first layer sees as one.
  ///
  /// It is 1 in the published models. The networks work at a resolution that many times coarser.
  public var patchSize = 1

  /// The published sizes of Stable Diffusion 1.
  public init() {}

  /// How much wider and higher a picture is than its latents.
  public var reduction: Int { patchSize << (blockOutChannels.count - 1) }
}
