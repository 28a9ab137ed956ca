internal import Layers
internal import Torch

/// A layer of a ``T5Encoder``: tokens attend to one another, then each goes through a network.
struct T5Block: Sendable {
  let attention: T5Attention
  let attentionNorm: RMSNorm
  let feedForward: T5FeedForward
  let feedForwardNorm: RMSNorm

  init(_ scope: Scope, _ configuration: T5Configuration) {
    let (channels, eps) = (configuration.dModel, configuration.layerNormEpsilon)
    attention = T5Attention(scope / "layer" / 0 / "SelfAttention", configuration)
    attentionNorm = RMSNorm(scope / "layer" / 0 / "layer_norm", channels, eps: eps)
    feedForward = T5FeedForward(scope / "layer" / 1 / "DenseReluDense", configuration)
    feedForwardNorm = RMSNorm(scope / "layer" / 1 / "layer_norm", channels, eps: eps)
  }

  /// - Parameters:
  ///   - x: `[batch, tokens, dModel]`.
  ///   - bias: Added to the scores, broadcast to `[batch, heads, tokens, tokens]`.
  /// - Returns: `[batch, tokens, dModel]`.
  func callAsFunction(_ x: Tensor, bias: Tensor) -> Tensor {
    let h = x + attention(attentionNorm(x), bias: bias)
    return h + feedForward(feedForwardNorm(h))
  }
}

/// Attention whose scores are not scaled, `softmax(q kᵀ + bias) v`, without constants in its maps.
struct T5Attention: Sendable {
  let query: Linear
  let key: Linear
  let value: Linear
  let output: Linear
  let heads: Int

  init(_ scope: Scope, _ configuration: T5Configuration) {
    let channels = configuration.dModel
    heads = configuration.numHeads
    let inner = heads * configuration.dKV
    func map(_ name: String, _ inputs: Int, _ outputs: Int, size: Int) -> Linear {
      Linear(
        scope / name, inputs, outputs, bias: false,
        initializer: .normal(1 / Double(size).squareRoot()))
    }
    query = map("q", channels, inner, size: channels * configuration.dKV)
    key = map("k", channels, inner, size: channels)
    value = map("v", channels, inner, size: channels)
    output = map("o", inner, channels, size: inner)
  }

  func callAsFunction(_ x: Tensor, bias: Tensor) -> Tensor {
    func split(_ x: Tensor) -> Tensor {
      x.reshaped(x.shape[0], x.shape[1], heads, -1).transposed(1, 2)
    }
    let scores = split(query(x)).matmul(split(key(x)).transposed(-2, -1)) + bias
    let mixed = scores.softmax(dim: -1).matmul(split(value(x)))
    return output(mixed.transposed(1, 2).reshaped(x.shape[0], x.shape[1], -1))
  }
}

/// The network of a token: `relu(x W) O`, or `(gelu(x W₀) ⊙ x W₁) O`.
///
/// Shazeer 2020, https://arxiv.org/abs/2002.05202, for the second.
enum T5FeedForward: Sendable {
  case relu(inner: Linear, output: Linear)
  case gated(gate: Linear, inner: Linear, output: Linear)

  init(_ scope: Scope, _ configuration: T5Configuration) {
    func map(_ name: String, _ inputs: Int, _ outputs: Int) -> Linear {
      Linear(
        scope / name, inputs, outputs, bias: false,
        initializer: .normal(1 / Double(inputs).squareRoot()))
    }
    let (channels, inner) = (configuration.dModel, configuration.dFF)
    switch configuration.feedForward {
    case .relu:
      self = .relu(inner: map("wi", channels, inner), output: map("wo", inner, channels))
    case .gatedGELU:
      self = .gated(
        gate: map("wi_0", channels, inner), inner: map("wi_1", channels, inner),
        output: map("wo", inner, channels))
    }
  }

  func callAsFunction(_ x: Tensor) -> Tensor {
    switch self {
    case .relu(let inner, let output): output(inner(x).relu())
    case .gated(let gate, let inner, let output):
      output(gate(x).gelu(approximate: "tanh") * inner(x))
    }
  }
}
