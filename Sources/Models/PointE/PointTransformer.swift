public import Layers
public import Torch

/// Point-E's transformer: denoises points in space, with a colour each, that a text describes.
///
/// Nichol et al. 2022, section 4.3, https://arxiv.org/abs/2212.08751. Every point is a token; the
/// timestep and the states of what the points are conditioned on are more of them. Nothing tells
/// the points' order, so that other orders of the points give the same in those orders. The names
/// are those of the reference's `CLIPImageGridPointDiffusionTransformer`, whose states are of a
/// picture; here they are of a text. States of zeros are no condition.
public struct PointTransformer: Sendable {
  /// The sizes.
  public let configuration: PointTransformerConfiguration
  private let timeEmbedding: PointTransformerMLP
  private let conditionNorm: LayerNorm
  private let conditionProjection: Linear
  private let inputProjection: Linear
  private let normBefore: LayerNorm
  private let blocks: [PointTransformerBlock]
  private let normAfter: LayerNorm
  private let outputProjection: Linear

  /// A network with the weights below `scope`.
  public init(_ scope: Scope, _ configuration: PointTransformerConfiguration) {
    self.configuration = configuration
    let width = configuration.width
    timeEmbedding = PointTransformerMLP(scope / "time_embed", configuration)
    normBefore = LayerNorm(scope / "ln_pre", width)
    blocks = (0..<configuration.layers).map {
      PointTransformerBlock(scope / "backbone" / "resblocks" / $0, configuration)
    }
    normAfter = LayerNorm(scope / "ln_post", width)
    inputProjection = Linear(scope / "input_proj", configuration.inputChannels, width)
    outputProjection = Linear(
      scope / "output_proj", width, configuration.outputChannels, initializer: .constant(0))
    conditionNorm = LayerNorm(scope / "clip_embed" / 0, configuration.conditionChannels)
    conditionProjection = Linear(
      scope / "clip_embed" / 1, configuration.conditionChannels, width)
  }

  /// - Parameters:
  ///   - x: Noisy points, `[batch, inputChannels, points]`, of any number of points.
  ///   - timestep: `[batch]`.
  ///   - condition: The states of what the points are, `[batch, states, conditionChannels]`.
  /// - Returns: What is predicted of each point, `[batch, outputChannels, points]`.
  public func callAsFunction(_ x: Tensor, timestep: Tensor, condition: Tensor) -> Tensor {
    let time = timeEmbedding(sinusoidalEmbedding(timestep, channels: configuration.width))
      .unsqueezed(1)
    let points = inputProjection(x.transposed(1, 2))
    let states = conditionProjection(conditionNorm(condition))
    let tokens =
      configuration.hasTimeToken
      ? concatenate(time, states, points, dim: 1) : concatenate(states, points + time, dim: 1)
    let h = normAfter(blocks.reduce(normBefore(tokens)) { $1($0) })
    let count = points.shape[1]
    let own = h.narrowed(dim: 1, start: h.shape[1] - count, length: count)
    return outputProjection(own).transposed(1, 2)
  }
}
