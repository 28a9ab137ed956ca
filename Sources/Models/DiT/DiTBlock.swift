internal import Layers
internal import Torch

/// A transformer block whose normalizations the timestep and the class shift, scale and gate.
///
/// Peebles & Xie 2023, figure 3 (adaLN-Zero), https://arxiv.org/abs/2212.09748.
struct DiTBlock: Sendable {
  private let timestepEmbedding: TimestepEmbedding
  private let classes: Embedding
  private let modulationMap: Linear
  private let norm1: LayerNorm
  private let norm2: LayerNorm
  private var attention: Attention
  private var expand: Linear
  private var contract: Linear

  init(_ scope: Scope, _ configuration: DiTConfiguration) {
    let channels = configuration.channels
    let norm = scope / "norm1"
    timestepEmbedding = TimestepEmbedding(
      norm / "emb" / "timestep_embedder", inputs: 256, channels: channels)
    classes = Embedding(
      norm / "emb" / "class_embedder" / "embedding_table", configuration.numEmbedsAdaNorm + 1,
      channels, initializer: .normal(0.02))
    modulationMap = Linear(
      norm / "linear", channels, 6 * channels, initializer: .constant(0))
    norm1 = LayerNorm(channels, eps: 1e-6)
    norm2 = LayerNorm(channels, eps: configuration.normEps)
    attention = Attention(
      scope / "attn1", channels: channels, heads: configuration.numAttentionHeads,
      initializer: .xavierUniform, outputInitializer: .xavierUniform)
    let feedForward = scope / "ff" / "net"
    expand = Linear(
      feedForward / 0 / "proj", channels, 4 * channels, initializer: .xavierUniform)
    contract = Linear(feedForward / 2, 4 * channels, channels, initializer: .xavierUniform)
  }

  /// The timestep and the class as one vector.
  ///
  /// - Parameters:
  ///   - waves: The timestep's sines and cosines, `[batch, 256]`.
  ///   - labels: The classes, `[batch]`.
  /// - Returns: `[batch, channels]`.
  func condition(_ waves: Tensor, labels: Tensor) -> Tensor {
    let known = classes(labels)
    return timestepEmbedding.embedded(waves.converted(to: known.dtype)) + known
  }

  /// Shifts, scales and gates.
  ///
  /// - Parameter condition: The timestep and the class, `[batch, channels]`.
  /// - Returns: Six vectors, `[batch, 6, channels]`.
  func modulation(_ condition: Tensor) -> Tensor {
    modulationMap(silu(condition)).reshaped(condition.shape[0], 6, -1)
  }

  /// - Parameters:
  ///   - x: `[batch, tokens, channels]`.
  ///   - modulation: Six vectors for shifts, scales and gates, `[batch, 6, channels]`.
  /// - Returns: `[batch, tokens, channels]`.
  func callAsFunction(_ x: Tensor, modulation: Tensor) -> Tensor {
    let parts = modulation.chunked(6, dim: 1)
    guard parts.count == 6 else { return x }
    let (shift1, scale1, gate1) = (parts[0], parts[1], parts[2])
    let (shift2, scale2, gate2) = (parts[3], parts[4], parts[5])
    let attended = attention(modulated(norm1(x), by: scale1, shift1))
    let x = x.addingProduct(of: gate1, and: attended)
    let hidden = expand(modulated(norm2(x), by: scale2, shift2)).geluTanh(reusingMemory: true)
    return x.addingProduct(of: gate2, and: contract(hidden))
  }

  /// The same block, faster for so many tokens in a batch.
  func prepared(rows: Int) -> DiTBlock {
    var prepared = self
    prepared.attention = attention.preparedForItself(rows: rows)
    prepared.expand = expand.packed(rows: rows)
    prepared.contract = contract.packed(rows: rows)
    return prepared
  }
}
