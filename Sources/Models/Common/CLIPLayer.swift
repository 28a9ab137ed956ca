internal import Layers
internal import Torch

/// What a ``CLIPLayer`` takes from the sizes of a text's or a picture's encoder.
protocol CLIPLayerConfiguration {
  /// The channels of a token.
  var hiddenSize: Int { get }
  /// The channels inside the feed-forward network.
  var intermediateSize: Int { get }
  /// The number of attention heads, which share the channels evenly.
  var numAttentionHeads: Int { get }
  /// The activation of the feed-forward network.
  var hiddenAct: CLIPTextConfiguration.Activation { get }
  /// What every normalization adds to the variance.
  var layerNormEps: Double { get }
  /// The standard deviation of weights that are drawn anew.
  var initializerRange: Double { get }
}

extension CLIPTextConfiguration: CLIPLayerConfiguration {}
extension CLIPVisionConfiguration: CLIPLayerConfiguration {}

/// Attention of every token to the others, then a network for each, both of what is normalized and
/// added to what was: transformers' `CLIPEncoderLayer`.
struct CLIPLayer: Sendable {
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

  init(_ scope: Scope, _ configuration: some CLIPLayerConfiguration) {
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
  ///   - mask: Added to the scores, broadcast to `[batch, heads, tokens, tokens]`; none for a
  ///     picture, all of which is seen.
  /// - Returns: `[batch, tokens, hiddenSize]`.
  func callAsFunction(_ x: Tensor, mask: Tensor? = nil) -> Tensor {
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
