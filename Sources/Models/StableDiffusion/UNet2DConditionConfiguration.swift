/// The sizes of a ``UNet2DConditionModel``, in the words of diffusers' `config.json`.
public struct UNet2DConditionConfiguration: Codable, Sendable, Hashable {
  /// Whether the blocks of a resolution of the expanding half attend to the prompt.
  public enum UpBlock: String, Sendable, CaseIterable {
    /// Residual blocks.
    case plain = "UpBlock2D"
    /// Residual blocks and transformers.
    case crossAttention = "CrossAttnUpBlock2D"
    /// k-diffusion's residual blocks, whose normalizations the timestep scales and shifts.
    case adaptive = "KUpBlock2D"
    /// Such blocks, each with attention to the prompt after it; at the coarsest resolution to the
    /// picture too.
    case adaptiveCrossAttention = "KCrossAttnUpBlock2D"

    /// Whether it is one of k-diffusion's.
    public var isAdaptive: Bool { self == .adaptive || self == .adaptiveCrossAttention }
  }

  /// The contracting half, and what the whole network takes from it.
  public var encoder = UNetEncoderConfiguration()
  /// The height and width of the latents that it was trained on, if they are known.
  public var sampleSize: [Int]? = [64, 64]
  /// The channels of the prediction.
  public var outChannels = 4
  /// Whether the latents are taken as `2x - 1`.
  public var centerInputSample = false
  /// The blocks of each resolution of the expanding half, coarsest first.
  public var upBlockTypes: [UpBlock] = [.plain, .crossAttention, .crossAttention, .crossAttention]
  /// The blocks of each transformer of the expanding half, coarsest resolution first.
  public var upTransformerLayers = [[1, 1, 1], [1, 1, 1], [1, 1, 1], [1, 1, 1]]
  /// The width of the last convolution.
  public var convOutKernel = 3

  /// The published sizes of Stable Diffusion 1.
  public init() {}
}

extension UNet2DConditionConfiguration {
  /// Reads a configuration; a key that is not there has diffusers' default, one that is not known
  /// is passed over.
  ///
  /// - Throws: `DecodingError` if a size cannot be, or if another kind of network is described.
  public init(from decoder: any Decoder) throws {
    let keys = try ConfigurationKeys<UNetKey>(decoder)
    // diffusers refuses it too: in files, the number of heads is called attention_head_dim.
    try keys.requireNone(.numAttentionHeads)
    encoder = try UNetEncoderConfiguration(keys)
    sampleSize = try keys.value(.sampleSize, as: OneOrMany<Int>.self)?.spread(over: 2)
    outChannels = try keys.size(.outChannels, or: 4)
    centerInputSample = try keys.value(.centerInputSample, or: false)
    convOutKernel = try keys.size(.convOutKernel, or: 3, most: 63)
    upBlockTypes = try keys.blocks(
      .upBlockTypes, or: UNet2DConditionConfiguration().upBlockTypes, levels: encoder.levels)
    upTransformerLayers = try keys.upTransformerLayers(encoder)
    try checkAdaptive(keys)
    guard convOutKernel % 2 == 1 else {
      throw keys.misfit(.convOutKernel, expected: "an odd number", found: convOutKernel)
    }
  }
}

extension ConfigurationKeys where Key == UNetKey {
  /// The blocks of the expanding half's transformers: as given, or those of the other half.
  fileprivate func upTransformerLayers(_ encoder: UNetEncoderConfiguration) throws -> [[Int]] {
    let transformers = encoder.layersPerBlock.reversed().map { $0 + 1 }
    if let found = try transformerLayers(.reverseTransformerLayers, transformers: transformers) {
      return found
    }
    let levels = encoder.transformerLayersPerBlock
    let uniform = try levels.map { layers in
      guard let first = layers.first, layers.allSatisfy({ $0 == first }) else {
        throw misfit(
          .transformerLayersPerBlock,
          "\(layers) within a resolution needs \(Key.reverseTransformerLayers.rawValue)")
      }
      return first
    }
    return zip(uniform.reversed(), transformers).map { Array(repeating: $0, count: $1) }
  }
}
