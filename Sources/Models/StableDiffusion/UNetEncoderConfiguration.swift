/// The sizes of the contracting half of a conditional U-Net, in the words of diffusers'
/// `config.json`.
///
/// A ``UNet2DConditionModel`` and a ``ControlNetModel`` begin with such a half. Lists have an entry
/// for every resolution, finest first.
public struct UNetEncoderConfiguration: Sendable, Hashable {
  /// Whether the blocks of a resolution attend to the prompt.
  public enum DownBlock: String, Sendable, CaseIterable {
    /// Residual blocks.
    case plain = "DownBlock2D"
    /// Residual blocks and transformers.
    case crossAttention = "CrossAttnDownBlock2D"
    /// k-diffusion's residual blocks, whose normalizations the timestep scales and shifts.
    case adaptive = "KDownBlock2D"
    /// Such blocks, each with attention to the prompt after it; at the last resolution to the
    /// picture too.
    case adaptiveCrossAttention = "KCrossAttnDownBlock2D"

    /// Whether the prompt is attended to.
    public var attends: Bool { self == .crossAttention || self == .adaptiveCrossAttention }
    /// Whether it is one of k-diffusion's.
    public var isAdaptive: Bool { self == .adaptive || self == .adaptiveCrossAttention }
  }

  /// What stands between the halves.
  public enum MiddleBlock: String, Sendable, CaseIterable {
    /// A residual block.
    case plain = "UNetMidBlock2D"
    /// Two residual blocks around a transformer.
    case crossAttention = "UNetMidBlock2DCrossAttn"
  }

  /// What a class label becomes, to be added to the embedded timestep.
  public enum ClassEmbedding: Sendable, Hashable {
    /// A row of a table of so many, for a whole number.
    case table(Int)
    /// What a timestep becomes, with weights of its own.
    case timestep
    /// Itself: a vector as wide as the embedded timestep.
    case identity
    /// A vector of so many channels through two linear maps.
    case projection(Int)
    /// A vector of so many channels through one linear map.
    case simpleProjection(Int)
  }

  /// What the pooled prompt and the picture's sizes become, to be added to the embedded timestep.
  public struct AdditionEmbedding: Sendable, Hashable {
    /// The channels of the sines and cosines of one size.
    public var timeChannels: Int
    /// The channels of the pooled prompt and of all sizes together.
    public var inputs: Int

    /// An embedding of these sizes.
    public init(timeChannels: Int, inputs: Int) {
      self.timeChannels = timeChannels
      self.inputs = inputs
    }
  }

  /// The channels of the latents, with those of a mask or of a picture to go by.
  public var inChannels = 4
  /// Whether cosines stand before sines in the embedded timestep.
  public var flipSinToCos = true
  /// By how many channels the lowest frequency of the timestep is nearer.
  public var freqShift = 0.0
  /// The blocks of each resolution.
  public var downBlockTypes: [DownBlock] = [
    .crossAttention, .crossAttention, .crossAttention, .plain,
  ]
  /// What stands between the halves, if anything does.
  public var midBlockType: MiddleBlock? = .crossAttention
  /// Whether the first attention of a transformer attends to the prompt too, and not to the
  /// picture.
  public var onlyCrossAttention = [false, false, false, false]
  /// The channels at each resolution; each next one is half as wide and high.
  public var blockOutChannels = [320, 640, 1280, 1280]
  /// The residual blocks at each resolution; the expanding half has one more.
  public var layersPerBlock = [2, 2, 2, 2]
  /// The zeros around the features where the resolution is halved; 0 pads right and below only.
  public var downsamplePadding = 1
  /// The groups of every normalization; the adaptive ones' have 32 channels each instead.
  public var normNumGroups = 32
  /// What is added to the variances.
  public var normEps = 1e-5
  /// The channels of the prompt.
  public var crossAttentionDim = [768, 768, 768, 768]
  /// The blocks of each transformer of each resolution.
  public var transformerLayersPerBlock = [[1, 1], [1, 1], [1, 1], [1, 1]]
  /// The channels of a prompt that is mapped to ``crossAttentionDim`` first; none if it is not.
  public var encoderHidDim: Int?
  /// The number of attention heads, which diffusers calls `attention_head_dim`; in adaptive blocks
  /// the channels of a head, as that name says.
  public var numAttentionHeads = [8, 8, 8, 8]
  /// Whether the maps around the transformers are saved as linear ones and not as convolutions.
  public var useLinearProjection = false
  /// What a class label becomes; none for a network without classes.
  public var classEmbedding: ClassEmbedding?
  /// What the pooled prompt becomes; none for a network without one.
  public var additionEmbedding: AdditionEmbedding?
  /// Whether attention was trained with scores in float32.
  ///
  /// diffusers' standard attention does not look at it, nor does ours: LibTorch's fused attention
  /// has its sums in float32 whatever the features are in.
  public var upcastAttention = false
  /// The channels of the embedded timestep; four times the first resolution's if none, or twice
  /// in a network of adaptive blocks.
  public var timeEmbeddingDim: Int?
  /// The channels of what the embedded timestep is joined by: of the embedded guidance scale of a
  /// consistency model, or of what the latent upscaler is told; none for others.
  public var timeCondProjDim: Int?
  /// The width of the first convolution.
  public var convInKernel = 3

  /// The published sizes of Stable Diffusion 1.
  public init() {}

  /// The channels of the embedded timestep.
  public var timeChannels: Int {
    timeEmbeddingDim ?? (isAdaptive ? 2 : 4) * (blockOutChannels.first ?? 0)
  }

  /// Whether it has k-diffusion's blocks: a network whose timestep is `ln(sigma) / 4`.
  public var isAdaptive: Bool { downBlockTypes.first?.isAdaptive ?? false }

  /// Whether it is a consistency model, which is told its guidance scale.
  package var isToldGuidance: Bool { timeCondProjDim != nil && !isAdaptive }

  /// What the sides of the latents must be multiples of; other networks than those of adaptive
  /// blocks round up on the way down.
  package var sideUnit: Int { isAdaptive ? 1 << (levels - 1) : 1 }

  /// The number of resolutions.
  public var levels: Int { blockOutChannels.count }

  /// Where the features of a T2I-Adapter are added.
  ///
  /// A resolution that attends to the prompt takes its features as it ends; another one takes them
  /// on the way to the next.
  ///
  /// - Parameters:
  ///   - height: The height of the latents.
  ///   - width: Their width.
  /// - Returns: The shape, `[channels, height, width]`, of what is added at each resolution.
  package func adapterShapes(height: Int, width: Int) -> [[Int]] {
    var (height, width) = (height, width)
    func halved(_ side: Int) -> Int { (side + downsamplePadding) / 2 }
    return blockOutChannels.indices.map { level in
      let own = [blockOutChannels[level], height, width]
      if level < levels - 1 { (height, width) = (halved(height), halved(width)) }
      return downBlockTypes[level] == .crossAttention
        ? own : [blockOutChannels[level], height, width]
    }
  }

  /// The finest resolution whose places attend to one another, where tokens can be merged.
  package var mergingLevel: Int? {
    downBlockTypes.indices.first {
      downBlockTypes[$0] == .crossAttention && !onlyCrossAttention[$0]
    }
  }

  /// The blocks of the transformer in the middle, which are those of the last resolution's first.
  var middleTransformerLayers: Int { transformerLayersPerBlock.last?.first ?? 1 }
}
