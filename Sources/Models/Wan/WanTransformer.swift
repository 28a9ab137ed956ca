public import Foundation
public import Layers
public import Torch

/// A transformer over patches of a clip's latents that attends to a prompt, and to a picture.
///
/// Wan 2.1, https://arxiv.org/abs/2503.20314, section 4.2; equal to diffusers'
/// `WanTransformer3DModel`, whose names the weights have.
public struct WanTransformer: Sendable {
  /// The sizes.
  public let configuration: WanTransformerConfiguration
  private let patches: Conv3d
  private let conditions: WanConditions
  private let blocks: [WanBlock]
  private let normOut: LayerNorm
  private let scaleShiftTable: Tensor
  private let projectionOut: Linear

  /// A transformer with the weights below `scope`.
  public init(_ scope: Scope, _ configuration: WanTransformerConfiguration) {
    self.configuration = configuration
    let channels = configuration.channels
    patches = Conv3d(
      scope / "patch_embedding", configuration.inChannels, channels,
      kernel: configuration.patchSize, stride: configuration.patchSize)
    conditions = WanConditions(scope / "condition_embedder", configuration)
    blocks = (0..<configuration.numLayers).map { WanBlock(scope / "blocks" / $0, configuration) }
    normOut = LayerNorm(channels, eps: configuration.eps)
    scaleShiftTable = scope.parameter(
      "scale_shift_table", [1, 2, channels], .normal(1 / Double(channels).squareRoot()))
    projectionOut = Linear(
      scope / "proj_out", channels, configuration.patchCount * configuration.outChannels)
  }

  /// Reads a transformer in diffusers' layout.
  ///
  /// - Parameters:
  ///   - folder: Holds `config.json` and the weights, which are converted to float32.
  ///   - matrices: How the factors of products are kept.
  /// - Throws: `ConfigurationError`, `CheckpointError`, or `LoadingError` with all misfits.
  public init(folder: URL, matrices: MatrixStorage = .converted) throws {
    self = try readNetwork(from: folder, matrices: matrices) { WanTransformer($0, $1) }
  }

  /// A prompt as the blocks attend to it, projected once for all steps of a sampler.
  public struct Prompt: Sendable {
    let contexts: [WanAttention.Context]
  }

  /// Projects a prompt for every block.
  ///
  /// - Parameters:
  ///   - text: The text encoder's states, `[batch, words, textDim]`; those of padding are zeros,
  ///     which are attended to.
  ///   - image: The image encoder's states, `[batch, places, imageDim]`, those of several pictures
  ///     one after the other; if the network was made for them.
  /// - Returns: What the blocks attend to.
  public func prompt(_ text: Tensor, image: Tensor? = nil) -> Prompt {
    precondition(
      (image != nil) == (configuration.imageDim != nil), "states of a picture or no place for them")
    let words = conditions.embedded(text: text)
    let places = image.flatMap { conditions.embedded(image: $0) }
    return Prompt(contexts: blocks.map { $0.context(words, image: places) })
  }

  /// The prediction for a prompt.
  ///
  /// - Parameters:
  ///   - x: Noisy latents, with what they are conditioned on behind their channels,
  ///     `[batch, inChannels, frames, height, width]`, multiples of the patch size.
  ///   - timestep: In [0, 1000], `[batch]`; or `[batch, tokens]`, where each has its own.
  ///   - prompt: The projected prompts of the batch.
  /// - Returns: The prediction, `[batch, outChannels, frames, height, width]`.
  public func callAsFunction(_ x: Tensor, timestep: Tensor, prompt: Prompt) -> Tensor {
    let grid = zip([2, 3, 4], configuration.patchSize).map { x.shape[$0] / $1 }
    let positions = WanPositions(grid: grid, channels: configuration.attentionHeadDim)
    // One for all tokens, or one for each.
    let own = timestep.shape.sizes.count == 1 ? timestep.unsqueezed(1) : timestep
    let time = conditions.timestepEmbedding(own, dtype: scaleShiftTable.dtype)
    let modulation = conditions.timeProjection(silu(time))
      .reshaped(x.shape[0], own.shape[1], 6, -1)

    var h = patches(x).flattened(from: 2, to: 4).transposed(1, 2).contiguous()
    for (block, context) in zip(blocks, prompt.contexts) {
      h = block(h, time: modulation, prompt: context, positions: positions)
    }
    let parts = (scaleShiftTable + time.unsqueezed(2)).chunked(2, dim: 2).map { $0.squeezed(2) }
    guard parts.count == 2 else { return x }
    return unpatched(projectionOut(modulated(normOut(h), by: parts[1], parts[0])), grid: grid)
  }

  /// The tokens' patches put back in their places.
  private func unpatched(_ tokens: Tensor, grid: [Int]) -> Tensor {
    let patch = configuration.patchSize
    let sizes = zip(grid, patch).map { $0 * $1 }
    return tokens.reshaped([tokens.shape[0]] + grid + patch + [configuration.outChannels])
      .permuted(0, 7, 1, 4, 2, 5, 3, 6)
      .reshaped([tokens.shape[0], configuration.outChannels] + sizes)
  }
}
