/// The sizes of a ``WanAutoencoder``, in the words of diffusers' `config.json`.
public struct WanAutoencoderConfiguration: Codable, Sendable, Hashable {
  /// The channels at the full resolution.
  public var baseDim = 96
  /// Those of the decoder; as many as the encoder's if none.
  public var decoderBaseDim: Int?
  /// The channels of the latents.
  public var zDim = 16
  /// The channels at each resolution, in multiples of those at the full one.
  public var dimMult = [1, 2, 4, 4]
  /// The residual blocks at a resolution; the decoder has one more.
  public var numResBlocks = 2
  /// Between which resolutions frames are halved too.
  public var temperalDownsample = [false, true, true]
  /// The channels of the frames that are encoded, in all places of a patch.
  public var inChannels = 3
  /// The channels of the frames that are decoded, in all places of a patch.
  public var outChannels = 3
  /// The rows and columns of pixels whose channels are laid behind each other.
  public var patchSize = 1
  /// The mean of each channel of the latents.
  public var latentsMean = [
    -0.7571, -0.7089, -0.9113, 0.1075, -0.1745, 0.9653, -0.1517, 1.5508, 0.4134, -0.0715, 0.5517,
    -0.3632, -0.1922, -0.9497, 0.2503, -0.2921,
  ]
  /// The deviation of each channel of the latents.
  public var latentsStd = [
    2.8184, 1.4541, 2.3275, 2.6558, 1.2196, 1.7708, 2.6052, 2.0743, 3.2687, 2.1526, 2.8652, 1.5579,
    1.6382, 1.1253, 2.8251, 1.9160,
  ]

  /// The published sizes of Wan 2.1.
  public init() {}

  /// By how much latents have fewer rows, and fewer columns.
  public var reduction: Int { patchSize << (dimMult.count - 1) }

  /// The channels of a pixel of what is encoded.
  public var colors: Int { inChannels / (patchSize * patchSize) }

  /// By how much latents have fewer frames, but for the first.
  public var timeReduction: Int { 1 << temperalDownsample.count { $0 } }
}
