internal import Layers
internal import Torch

/// Attention of every token to the others, then a network for each, both of what is normalized and
/// added to what was: Point-E's `ResidualAttentionBlock`.
struct PointTransformerBlock: Sendable {
  let norm1: LayerNorm
  let qkv: Linear
  let output: Linear
  let norm2: LayerNorm
  let network: PointTransformerMLP
  let heads: Int

  init(_ scope: Scope, _ configuration: PointTransformerConfiguration) {
    let width = configuration.width
    let drawn = Initializer.normal(configuration.deviation)
    qkv = Linear(scope / "attn" / "c_qkv", width, 3 * width, initializer: drawn)
    output = Linear(scope / "attn" / "c_proj", width, width, initializer: drawn)
    norm1 = LayerNorm(scope / "ln_1", width)
    network = PointTransformerMLP(scope / "mlp", configuration)
    norm2 = LayerNorm(scope / "ln_2", width)
    heads = configuration.heads
  }

  /// - Parameter x: States, `[batch, tokens, width]`.
  /// - Returns: The same shape.
  func callAsFunction(_ x: Tensor) -> Tensor {
    let h = x + output(attention(norm1(x)))
    return h + network(norm2(h))
  }

  /// Each head's queries, keys and values stand beside each other.
  private func attention(_ x: Tensor) -> Tensor {
    let (batch, tokens) = (x.shape[0], x.shape[1])
    let parts = qkv(x).reshaped(batch, tokens, heads, -1).chunked(3, dim: -1)
      .map { $0.reshaped(batch, tokens, -1) }
    return multiHeadAttention(query: parts[0], key: parts[1], value: parts[2], heads: heads)
  }
}

/// A network of one hidden layer of four times the width.
struct PointTransformerMLP: Sendable {
  let inner: Linear
  let outer: Linear

  init(_ scope: Scope, _ configuration: PointTransformerConfiguration) {
    let (width, drawn) = (configuration.width, Initializer.normal(configuration.deviation))
    inner = Linear(scope / "c_fc", width, 4 * width, initializer: drawn)
    outer = Linear(scope / "c_proj", 4 * width, width, initializer: drawn)
  }

  /// - Parameter x: `[…, width]`.
  /// - Returns: The same shape.
  func callAsFunction(_ x: Tensor) -> Tensor { outer(inner(x).gelu()) }
}

extension PointTransformerConfiguration {
  /// The standard deviation of weights that are drawn anew.
  var deviation: Double { initScale / Double(width).squareRoot() }
}
