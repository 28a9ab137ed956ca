/// The sizes of an ``EfficientNetLite``.
public struct EfficientNetLiteConfiguration: Sendable, Hashable {
  /// Blocks of one kind, of which the first changes the channels and the resolution.
  public struct Stage: Sendable, Hashable {
    /// The number of blocks.
    public var blocks: Int
    /// The width and height of the kernels.
    public var kernel: Int
    /// How much coarser the result is.
    public var stride: Int
    /// How many times wider a block is inside.
    public var expansion: Int
    /// The channels of the result.
    public var outputs: Int

    /// Describes a stage.
    public init(blocks: Int, kernel: Int, stride: Int, expansion: Int, outputs: Int) {
      self.blocks = blocks
      self.kernel = kernel
      self.stride = stride
      self.expansion = expansion
      self.outputs = outputs
    }
  }

  /// The channels after the first convolution.
  public var stem: Int
  /// The stages, finest first.
  public var stages: [Stage]
  /// The channels of the features.
  public var features: Int
  /// The classes of the logits.
  public var classes: Int
  /// The width and height of the pictures that it was trained with.
  public var side: Int

  /// The published sizes of EfficientNet-Lite0.
  public static let lite0 = EfficientNetLiteConfiguration(
    stem: 32,
    stages: [
      Stage(blocks: 1, kernel: 3, stride: 1, expansion: 1, outputs: 16),
      Stage(blocks: 2, kernel: 3, stride: 2, expansion: 6, outputs: 24),
      Stage(blocks: 2, kernel: 5, stride: 2, expansion: 6, outputs: 40),
      Stage(blocks: 3, kernel: 3, stride: 2, expansion: 6, outputs: 80),
      Stage(blocks: 3, kernel: 5, stride: 1, expansion: 6, outputs: 112),
      Stage(blocks: 4, kernel: 5, stride: 2, expansion: 6, outputs: 192),
      Stage(blocks: 1, kernel: 3, stride: 1, expansion: 6, outputs: 320),
    ],
    features: 1280, classes: 1000, side: 224)

  /// Describes a network.
  public init(stem: Int, stages: [Stage], features: Int, classes: Int, side: Int) {
    self.stem = stem
    self.stages = stages
    self.features = features
    self.classes = classes
    self.side = side
  }
}
