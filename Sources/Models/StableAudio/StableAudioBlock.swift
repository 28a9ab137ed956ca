internal import Layers
internal import Torch

/// A block of a ``StableAudioTransformer``: tokens attend to one another, then to the prompt, and
/// each goes through a gated network of its own.
struct StableAudioBlock: Sendable {
  let norm1: LayerNorm
  let attention: Attention
  let norm2: LayerNorm
  let crossAttention: Attention
  let norm3: LayerNorm
  let feedForward: SwiGLU

  init(_ scope: Scope, _ configuration: StableAudioConfiguration) {
    let (channels, heads) = (configuration.channels, configuration.numAttentionHeads)
    norm1 = LayerNorm(scope / "norm1", channels)
    attention = Attention(scope / "attn1", channels: channels, heads: heads, biases: [])
    norm2 = LayerNorm(scope / "norm2", channels)
    crossAttention = Attention(
      scope / "attn2", channels: channels, context: configuration.crossAttentionDim, heads: heads,
      keyHeads: configuration.numKeyValueAttentionHeads, biases: [])
    norm3 = LayerNorm(scope / "norm3", channels)
    feedForward = SwiGLU(scope / "ff" / "net", channels, inner: 4 * channels)
  }

  /// - Parameters:
  ///   - x: `[batch, tokens, channels]`.
  ///   - prompt: What is attended to.
  ///   - rotary: The turns of the tokens' places.
  /// - Returns: `[batch, tokens, channels]`.
  func callAsFunction(_ x: Tensor, prompt: Attention.Context, rotary: RotaryEmbedding) -> Tensor {
    var h = x + attention(norm1(x), turnedBy: rotary)
    h = h + crossAttention(norm2(h), to: prompt)
    return h + feedForward(norm3(h))
  }
}

/// A feed-forward network one half of whose features gates the other: `(x W) ⊙ silu(x V)`.
///
/// Shazeer 2020, https://arxiv.org/abs/2002.05202; named as in diffusers: `0.proj`, whose first
/// half is W, and `2`.
struct SwiGLU: Sendable {
  let projection: Linear
  let output: Linear

  init(_ scope: Scope, _ channels: Int, inner: Int) {
    projection = Linear(scope / 0 / "proj", channels, 2 * inner)
    output = Linear(scope / 2, inner, channels)
  }

  func callAsFunction(_ x: Tensor) -> Tensor {
    let parts = projection(x).chunked(2, dim: -1)
    guard parts.count == 2 else { return x }
    return output(parts[0] * silu(parts[1]))
  }
}
