public import Layers
public import Torch

/// Point-E's transformer: denoises points in space, with a colour each, that a text describes.
///
/// Nichol et al. 2022, section 4.3, https://arxiv.org/abs/2212.08751. Every point is a token; the
/// timestep and the states of what the points are conditioned on are more of them. Nothing tells
/// the points' order, so that other orders of the points give the same in those orders. The names
/// are those of the reference's `CLIPImageGridPointDiffusionTransformer`, whose states are of a
/// picture; here they are of a text, and what is seen in a picture may be beside them, brought in
/// by `picture_embed` as the reference's states are by `clip_embed`. Zeros are no condition.
public struct PointTransformer: Sendable {
  /// The sizes.
  public let configuration: PointTransformerConfiguration
  private let timeEmbedding: PointTransformerMLP
  private let condition: PointCondition
  private let picture: PointCondition?
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
    condition = PointCondition(
      scope / "clip_embed", configuration.conditionChannels, width)
    picture = configuration.pictureChannels.map {
      PointCondition(scope / "picture_embed", $0, width)
    }
  }

  /// - Parameters:
  ///   - x: Noisy points, `[batch, inputChannels, points]`, of any number of points.
  ///   - timestep: `[batch]`.
  ///   - condition: The states of what the points are, `[batch, states, conditionChannels]`.
  ///   - seen: What is seen in a picture of it, `[batch, places, pictureChannels]`; only for a
  ///     network that has such channels, which may do without.
  /// - Returns: What is predicted of each point, `[batch, outputChannels, points]`.
  public func callAsFunction(
    _ x: Tensor, timestep: Tensor, condition: Tensor, seen: Tensor? = nil
  ) -> Tensor {
    let time = timeEmbedding(sinusoidalEmbedding(timestep, channels: configuration.width))
      .unsqueezed(1)
    let points = inputProjection(x.transposed(1, 2))
    var states = self.condition(condition)
    if let seen, let picture { states = concatenate(states, picture(seen), dim: 1) }
    let tokens =
      configuration.hasTimeToken
      ? concatenate(time, states, points, dim: 1) : concatenate(states, points + time, dim: 1)
    let h = normAfter(blocks.reduce(normBefore(tokens)) { $1($0) })
    let count = points.shape[1]
    let own = h.narrowed(dim: 1, start: h.shape[1] - count, length: count)
    return outputProjection(own).transposed(1, 2)
  }
}

/// What points are conditioned on as tokens.
private struct PointCondition: Sendable {
  let norm: LayerNorm
  let projection: Linear

  init(_ scope: Scope, _ channels: Int, _ width: Int) {
    norm = LayerNorm(scope / 0, channels)
    projection = Linear(scope / 1, channels, width)
  }

  /// - Parameter states: `[batch, states, channels]`.
  /// - Returns: `[batch, states, width]`.
  func callAsFunction(_ states: Tensor) -> Tensor { projection(norm(states)) }
}
