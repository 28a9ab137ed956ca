internal import Layers
internal import Torch

/// Transformer blocks over all places of a picture's features.
///
/// Rombach et al. 2022, appendix E.2.1; diffusers' `Transformer2DModel`.
struct SpatialTransformer: Sendable {
  let norm: GroupNorm
  let projectionIn: PlaceProjection
  let blocks: [TransformerBlock]
  let projectionOut: PlaceProjection
  /// Whether it is at the resolution whose tokens can be merged.
  let canMerge: Bool

  /// - Parameters:
  ///   - scope: Where the weights are.
  ///   - level: The resolution of `configuration` that the transformer is at.
  ///   - layers: The number of blocks.
  ///   - attendsToPromptOnly: Whether the first attentions are to the prompt as well.
  ///   - configuration: The sizes.
  init(
    _ scope: Scope, level: Int, layers: Int, attendsToPromptOnly: Bool,
    _ configuration: UNetEncoderConfiguration
  ) {
    let channels = configuration.blockOutChannels[level]
    let isConvolution = !configuration.useLinearProjection
    norm = GroupNorm(
      scope / "norm", channels, groups: configuration.normNumGroups, eps: 1e-6)
    projectionIn = PlaceProjection(scope / "proj_in", channels, isConvolution: isConvolution)
    blocks = (0..<layers).map {
      TransformerBlock(
        scope / "transformer_blocks" / $0, channels: channels,
        context: configuration.crossAttentionDim[level],
        heads: configuration.numAttentionHeads[level], attendsToPromptOnly: attendsToPromptOnly)
    }
    projectionOut = PlaceProjection(scope / "proj_out", channels, isConvolution: isConvolution)
    canMerge = level == configuration.mergingLevel && !attendsToPromptOnly
  }

  /// The prompt as each block needs it.
  func context(_ prompt: PromptStates) -> [TransformerBlock.Context] {
    blocks.map { $0.context(prompt) }
  }

  /// - Parameters:
  ///   - x: `[batch, channels, height, width]`.
  ///   - prompt: The projected prompt.
  ///   - extras: What else the transformers are told.
  /// - Returns: The same shape.
  func callAsFunction(
    _ x: Tensor, to prompt: [TransformerBlock.Context], extras: AttentionExtras
  ) -> Tensor {
    let size = (rows: x.shape[2], columns: x.shape[3])
    var h = projectionIn(norm(x).places)
    for (block, context) in zip(blocks, prompt) {
      h = block(
        h, to: context, size: size, merging: canMerge ? extras.merging : nil,
        observe: extras.observer?.watching(block.place, size: size))
    }
    return x + projectionOut(h).picture(size)
  }
}

extension Tensor {
  /// The features of every place, `[batch, rows · columns, channels]`.
  ///
  /// With the channels innermost in memory this and its undoing move nothing.
  var places: Tensor { permuted(0, 2, 3, 1).flattened(from: 1, to: 2) }

  /// The features of places that stand in rows and columns, `[batch, channels, rows, columns]`.
  func picture(_ size: (rows: Int, columns: Int)) -> Tensor {
    reshaped(shape[0], size.rows, size.columns, shape[2]).permuted(0, 3, 1, 2)
  }
}

/// A linear map of the channels of every place, saved as one or as a convolution of width 1.
struct PlaceProjection: Sendable {
  private var weight: Matrix
  private let bias: Tensor
  private let channels: Int
  private var tiles: TileWeight?

  init(_ scope: Scope, _ channels: Int, isConvolution: Bool) {
    let standard = Initializer.standard(inputs: channels)
    let shape = isConvolution ? [channels, channels, 1, 1] : [channels, channels]
    weight = scope.matrix("weight", shape, standard)
    bias = scope.parameter("bias", [channels], standard)
    self.channels = channels
    tiles = weight.packed(bias: bias)
  }

  /// - Parameter x: `[batch, places, channels]`.
  /// - Returns: The same shape.
  func callAsFunction(_ x: Tensor) -> Tensor {
    if let tiles { return tiles.linear(x) }
    return x.linear(weight(as: x.dtype).reshaped(channels, channels), bias: bias)
  }
}
