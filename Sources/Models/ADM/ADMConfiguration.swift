/// The sizes of an ``ADMUNet``, in the words of guided-diffusion's `UNetModel`.
///
/// Dhariwal & Nichol 2021, https://arxiv.org/abs/2105.05233; the code at
/// https://github.com/openai/guided-diffusion.
public struct ADMConfiguration: Codable, Sendable, Hashable {
  /// The width and height of the pictures in pixels.
  public var imageSize = 64
  /// The channels of the pictures.
  public var inChannels = 3
  /// The channels of the result; twice those of the pictures where the variance is learned.
  public var outChannels = 6
  /// The channels that ``channelMult`` multiplies.
  ///
  /// Normalizations have 32 groups. Where a group is one channel, it takes away what the noise
  /// level adds: 32 channels need ``useScaleShiftNorm``.
  public var modelChannels = 192
  /// The residual blocks at a resolution of the way down; the way up has one more.
  public var numResBlocks = 3
  /// How many times smaller than the picture the resolutions with attention are.
  public var attentionResolutions = [2, 4, 8]
  /// The channels at every resolution as multiples of ``modelChannels``, finest first.
  public var channelMult: [Double] = [1, 2, 3, 4]
  /// What the network is told beside the noise level, if anything.
  public var labels: NetworkLabels? = .classes(1000)
  /// Whether resampling without residual blocks has a convolution.
  public var convResample = true
  /// The heads of attention, unless ``numHeadChannels`` says how wide they are.
  public var numHeads = 1
  /// The channels of a head.
  public var numHeadChannels: Int? = 64
  /// Whether the noise level scales and shifts what is normalized, and is not just added.
  public var useScaleShiftNorm = true
  /// Whether residual blocks resample.
  public var resblockUpdown = true
  /// Whether the channels of attention are split into queries, keys and values before heads.
  public var useNewAttentionOrder = true

  /// The published sizes for ImageNet at 64 pixels.
  public init() {}

  /// The channels at every resolution, finest first.
  public var widths: [Int] { channelMult.map { Int($0 * Double(modelChannels)) } }

  /// How many times smaller than the picture the coarsest resolution is.
  var reduction: Int { 1 << (channelMult.count - 1) }

  /// The heads of attention over so many channels.
  func heads(_ channels: Int) -> Int { numHeadChannels.map { channels / $0 } ?? numHeads }
}
