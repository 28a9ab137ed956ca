internal import Layers
internal import Torch

/// A transformer block, whose normalizations stand in one of four places.
struct UniDiffuserBlock: Sendable {
  private let isBetween: Bool
  private let isFirst: Bool
  private var attention: Attention
  private let norm1: LayerNorm
  private let norm3: LayerNorm
  private var expand: Linear
  private var contract: Linear

  init(_ scope: Scope, _ configuration: UniDiffuserConfiguration) {
    let channels = configuration.channels
    isBetween = configuration.normalizesBetween
    isFirst = configuration.normalizesFirst
    attention = Attention(
      scope / "attn1", channels: channels, heads: configuration.numAttentionHeads,
      biases: .output, initializer: .normal(0.02), outputInitializer: .normal(0.02))
    norm1 = LayerNorm(scope / "norm1", channels)
    norm3 = LayerNorm(scope / "norm3", channels)
    let feedForward = scope / "ff" / "net"
    expand = Linear(
      feedForward / 0 / "proj", channels, 4 * channels, initializer: .normal(0.02))
    contract = Linear(feedForward / 2, 4 * channels, channels, initializer: .normal(0.02))
  }

  /// - Parameter x: `[batch, tokens, channels]`.
  /// - Returns: The same shape.
  func callAsFunction(_ x: Tensor) -> Tensor {
    branch(branch(x, norm1) { attention($0) }, norm3) { contract(expand($0).gelu()) }
  }

  /// What a branch adds, with its normalization: on the way that all takes, as UniDiffuser has it,
  /// or on the branch alone; before what the branch computes, or behind it.
  private func branch(_ x: Tensor, _ norm: LayerNorm, _ compute: (Tensor) -> Tensor) -> Tensor {
    if isBetween {
      let start = isFirst ? norm(x) : x
      let sum = start + compute(start)
      return isFirst ? sum : norm(sum)
    }
    return x + (isFirst ? compute(norm(x)) : norm(compute(x)))
  }

  /// The same block, faster for so many tokens in a batch.
  func prepared(rows: Int) -> UniDiffuserBlock {
    var prepared = self
    prepared.attention = attention.preparedForItself(rows: rows)
    prepared.expand = expand.packed(rows: rows)
    prepared.contract = contract.packed(rows: rows)
    return prepared
  }
}

/// Joins what an earlier block computed with what comes to a later one.
struct UniDiffuserSkip: Sendable {
  private let map: Linear
  private let norm: LayerNorm

  init(_ scope: Scope, channels: Int) {
    map = Linear(scope / "skip_linear", 2 * channels, channels, initializer: .normal(0.02))
    norm = LayerNorm(scope / "norm", channels)
  }

  /// - Parameters:
  ///   - x: `[batch, tokens, channels]`.
  ///   - earlier: The same shape.
  /// - Returns: The same shape.
  func callAsFunction(_ x: Tensor, _ earlier: Tensor) -> Tensor {
    norm(map([x, earlier].concatenated(dim: -1)))
  }
}
