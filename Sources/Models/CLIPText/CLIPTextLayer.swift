internal import Layers
internal import Torch

/// What a token is, at which place, as a vector.
struct CLIPTextEmbeddings: Sendable {
  private(set) var tokens: Embedding
  let positions: Embedding

  init(_ scope: Scope, _ configuration: CLIPTextConfiguration) {
    let drawn = Initializer.normal(configuration.initializerRange)
    tokens = Embedding(
      scope / "token_embedding", configuration.vocabSize, configuration.hiddenSize,
      initializer: drawn)
    positions = Embedding(
      scope / "position_embedding", configuration.maxPositionEmbeddings, configuration.hiddenSize,
      initializer: drawn)
  }

  /// The vectors with more tokens behind those that there are, `[tokens, hiddenSize]`.
  func appending(_ vectors: Tensor) -> CLIPTextEmbeddings {
    var more = self
    more.tokens = tokens.appending(vectors)
    return more
  }

  /// - Parameter ids: `[batch, tokens]`.
  /// - Returns: `[batch, tokens, hiddenSize]`.
  func callAsFunction(_ ids: Tensor) -> Tensor {
    tokens(ids) + positions(Tensor.range(to: ids.shape[1]))
  }
}

/// Attention of every token to those up to it, then a network for each, both of what is normalized
/// and added to what was.
struct CLIPTextLayer: Sendable {
  let norm1: LayerNorm
  let query: Linear
  let key: Linear
  let value: Linear
  let output: Linear
  let norm2: LayerNorm
  let inner: Linear
  let outer: Linear
  let heads: Int
  let activation: CLIPTextConfiguration.Activation

  init(_ scope: Scope, _ configuration: CLIPTextConfiguration) {
    let channels = configuration.hiddenSize
    let drawn = Initializer.normal(configuration.initializerRange)
    func linear(_ scope: Scope, _ inputs: Int, _ outputs: Int) -> Linear {
      Linear(scope, inputs, outputs, initializer: drawn)
    }
    let eps = configuration.layerNormEps
    norm1 = LayerNorm(scope / "layer_norm1", channels, eps: eps)
    let attention = scope / "self_attn"
    query = linear(attention / "q_proj", channels, channels)
    key = linear(attention / "k_proj", channels, channels)
    value = linear(attention / "v_proj", channels, channels)
    output = linear(attention / "out_proj", channels, channels)
    norm2 = LayerNorm(scope / "layer_norm2", channels, eps: eps)
    inner = linear(scope / "mlp" / "fc1", channels, configuration.intermediateSize)
    outer = linear(scope / "mlp" / "fc2", configuration.intermediateSize, channels)
    heads = configuration.numAttentionHeads
    activation = configuration.hiddenAct
  }

  /// - Parameters:
  ///   - x: States, `[batch, tokens, hiddenSize]`.
  ///   - mask: Added to the scores, broadcast to `[batch, heads, tokens, tokens]`.
  /// - Returns: `[batch, tokens, hiddenSize]`.
  func callAsFunction(_ x: Tensor, mask: Tensor) -> Tensor {
    let normal = norm1(x)
    let mixed = multiHeadAttention(
      query: query(normal), key: key(normal), value: value(normal), heads: heads, mask: mask)
    let h = x + output(mixed)
    return h + outer(activation(inner(norm2(h))))
  }
}

extension CLIPTextConfiguration.Activation {
  /// - Parameter x: Any shape.
  /// - Returns: The same shape.
  func callAsFunction(_ x: Tensor) -> Tensor {
    switch self {
    case .quickGELU: x * (1.702 * x).sigmoid()
    case .gelu: x.gelu()
    }
  }
}
